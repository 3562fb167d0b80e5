//! A verifier worker: verifies each share that it is sent, in their order, and answers.

use std::cell::RefCell;
use std::rc::Rc;

use shared::rules::SignatureBatch;
use wasm_bindgen::prelude::*;
use web_sys::DedicatedWorkerGlobalScope;

use crate::worker::port::Port;

/// Plays the verifier for as long as the worker lives.
pub fn run(scope: &DedicatedWorkerGlobalScope) -> Result<(), JsValue> {
    let node = Rc::new(RefCell::new(None::<Port>));
    let answering = Rc::clone(&node);
    let port = Port::announce(scope, move |batch: SignatureBatch, _| {
        if let Some(node) = &*answering.borrow() {
            node.send(&batch.verify());
        }
    })?;
    *node.borrow_mut() = Some(port);
    Ok(())
}
