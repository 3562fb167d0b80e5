//! A verifier worker: verifies each share that it is sent, in their order, and answers.

use std::cell::RefCell;
use std::rc::Rc;

use shared::rules::SignatureShare;
use wasm_bindgen::prelude::*;
use web_sys::DedicatedWorkerGlobalScope;

use crate::worker::port::Port;

/// Plays the verifier for as long as the worker lives.
pub fn run(scope: &DedicatedWorkerGlobalScope) -> Result<(), JsValue> {
    let node = Rc::new(RefCell::new(None::<Port>));
    let answering = Rc::clone(&node);
    let port = Port::announce(scope, move |share: SignatureShare, _| {
        if let Some(node) = &*answering.borrow() {
            node.send(&share.verify());
        }
    })?;
    *node.borrow_mut() = Some(port);
    Ok(())
}
