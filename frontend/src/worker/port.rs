//! A typed end of a browser `MessagePort`: values go in, borsh bytes cross, values come out.
//!
//! A worker announces itself by handing its parent a port ([`Port::announce`]), and the parent connects when that
//! arrives ([`spawn`]). So no message can be lost while a worker still loads its wasm.

use std::cell::Cell;
use std::rc::Rc;

use borsh::{BorshDeserialize, BorshSerialize};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort, Worker, WorkerOptions, WorkerType,
};

use shared::Receipt;

use crate::base;

#[wasm_bindgen]
extern "C" {
    /// The same function in a page and in a worker, which `web-sys` types apart.
    #[wasm_bindgen(catch)]
    pub(super) fn fetch(url: &str) -> Result<js_sys::Promise, JsValue>;
}

/// The file that a browser starts as a worker; it loads the app's wasm and calls `start_worker`.
const WORKER_SCRIPT: &str = "worker.js";

/// The end of a channel that this side speaks into and listens at. Dropping it closes the channel.
#[derive(Debug)]
pub struct Port {
    port: MessagePort,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Port {
    /// Listens at a port: every message that decodes is handed to `hear`, with the port that travelled with it, if any.
    pub fn listen<T: BorshDeserialize + 'static>(
        port: MessagePort,
        mut hear: impl FnMut(T, Option<MessagePort>) + 'static,
    ) -> Self {
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let bytes = Uint8Array::new(&event.data()).to_vec();
            match borsh::from_slice(&bytes) {
                Ok(message) => hear(message, event.ports().get(0).dyn_into().ok()),
                Err(error) => web_sys::console::error_1(&format!("a message between workers: {error}").into()),
            }
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Self { port, _on_message: on_message }
    }

    /// In a worker: makes a channel, hands one end to the parent and listens at the other.
    pub fn announce<T: BorshDeserialize + 'static>(
        scope: &DedicatedWorkerGlobalScope,
        hear: impl FnMut(T, Option<MessagePort>) + 'static,
    ) -> Result<Self, JsValue> {
        let channel = MessageChannel::new()?;
        let port = Self::listen(channel.port1(), hear);
        let theirs = channel.port2();
        scope.post_message_with_transfer(&JsValue::NULL, &Array::of1(&theirs))?;
        Ok(port)
    }

    /// Says something to the other side.
    pub fn send<T: BorshSerialize>(&self, message: &T) {
        self.post(message, None);
    }

    /// Says something to the other side and gives it a port.
    pub fn send_with<T: BorshSerialize>(&self, message: &T, port: &MessagePort) {
        self.post(message, Some(port));
    }

    fn post<T: BorshSerialize>(&self, message: &T, port: Option<&MessagePort>) {
        let bytes = borsh::to_vec(message).expect("writing to memory does not fail");
        let array = Uint8Array::from(bytes.as_slice());
        // The copy made here is handed over, not copied a second time.
        let transfer = Array::of1(&array.buffer());
        if let Some(port) = port {
            transfer.push(port);
        }
        if let Err(error) = self.port.post_message_with_transferable(&array, &transfer) {
            web_sys::console::error_1(&error);
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

/// A started worker. Dropping it ends the worker.
#[derive(Debug)]
pub struct Spawned {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

/// What becomes of a started worker.
#[derive(Debug)]
pub enum Spawn {
    /// It runs; this port reaches it.
    Ready(MessagePort),
    /// It did not start, or broke.
    Failed(Receipt),
}

/// Starts this wasm once more as a worker named `name`, which decides its role.
pub fn spawn(name: &str, report: impl Fn(Spawn) + Clone + 'static) -> Result<Spawned, Receipt> {
    let url = format!("{}/{WORKER_SCRIPT}?app={}", base::url(), js_sys::encode_uri_component(&base::script()));
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(name);
    let worker = Worker::new_with_options(&url, &options).map_err(|error| refusal(&describe(&error)))?;
    let ready = report.clone();
    let is_ready = Rc::new(Cell::new(false));
    let becomes_ready = Rc::clone(&is_ready);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        match event.ports().get(0).dyn_into::<MessagePort>() {
            Ok(port) => {
                becomes_ready.set(true);
                ready(Spawn::Ready(port));
            }
            // The script says in words why the wasm could not be loaded.
            Err(_) => ready(Spawn::Failed(refusal(&describe(&event.data())))),
        }
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
        // What is not said to be dealt with counts as an error of whoever started the worker, and would end that too.
        event.prevent_default();
        let message = event.dyn_ref::<web_sys::ErrorEvent>().map_or_else(String::new, web_sys::ErrorEvent::message);
        if is_ready.get() {
            let receipt = Receipt::new("a worker keeps running", "no mistake in the program", message);
            report(Spawn::Failed(receipt));
        } else if message.is_empty() {
            // A browser does not say why a script did not arrive; whoever asks for it once more is told.
            let (url, report) = (url.clone(), report.clone());
            wasm_bindgen_futures::spawn_local(async move {
                report(Spawn::Failed(refusal(&not_started(&url).await)));
            });
        } else {
            report(Spawn::Failed(refusal(&message)));
        }
    });
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    Ok(Spawned { worker, _on_message: on_message, _on_error: on_error })
}

impl Drop for Spawned {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// Why a worker's script was not started, as far as asking for it again tells.
async fn not_started(url: &str) -> String {
    let asked = async { JsFuture::from(fetch(url)?).await?.dyn_into::<web_sys::Response>() };
    match asked.await {
        Ok(answer) if answer.ok() => "the browser did not start it".to_owned(),
        Ok(answer) => format!("{WORKER_SCRIPT} was answered with status {}", answer.status()),
        Err(error) => format!("{WORKER_SCRIPT} did not arrive: {}", describe(&error)),
    }
}

/// A thrown or rejected value, in words.
pub fn describe(value: &JsValue) -> String {
    if let Some(text) = value.as_string() {
        return text;
    }
    let field = |name: &str| js_sys::Reflect::get(value, &name.into()).ok().and_then(|field| field.as_string());
    match (field("name"), field("message")) {
        (Some(name), Some(message)) => format!("{name}: {message}"),
        (_, Some(text)) | (Some(text), None) => text,
        (None, None) => format!("{value:?}"),
    }
}

/// The rule that a worker which does not start breaks.
pub const MUST_START: &str = "a worker must start";

fn refusal(found: &str) -> Receipt {
    Receipt::new(MUST_START, "a browser with module workers and WebAssembly", found)
}
