//! The entry of the app's one wasm. In a window it draws the page; in a worker nothing happens until the worker's
//! script calls [`start_worker`].

use wasm_bindgen::prelude::wasm_bindgen;

fn main() {
    if web_sys::window().is_some() && !frontend::base::enter() {
        yew::Renderer::<frontend::app::App>::new().render();
    }
}

/// Takes up the role the worker was started for; called by `worker.js` once the wasm is ready.
#[wasm_bindgen]
pub fn start_worker() {
    frontend::worker::start();
}
