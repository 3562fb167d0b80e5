//! A question before the page is left, while leaving would lose something.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::{Event, Window};
use yew::prelude::*;

/// Has the browser ask before this page is closed, left or loaded again, for as long as `would_lose` says so. The words
/// of the question are the browser's own.
#[hook]
pub fn use_question_before_leaving(would_lose: bool) {
    use_effect_with(would_lose, |would_lose| {
        let question = would_lose.then(Question::start).flatten();
        move || drop(question)
    });
}

struct Question {
    window: Window,
    ask: Closure<dyn FnMut(Event)>,
}

impl Question {
    fn start() -> Option<Self> {
        let window = web_sys::window()?;
        let ask = Closure::<dyn FnMut(Event)>::new(|event: Event| {
            event.prevent_default();
            // What older browsers go by.
            Reflect::set(&event, &"returnValue".into(), &true.into()).ok();
        });
        window.add_event_listener_with_callback("beforeunload", ask.as_ref().unchecked_ref()).ok()?;
        Some(Self { window, ask })
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.window.remove_event_listener_with_callback("beforeunload", self.ask.as_ref().unchecked_ref()).ok();
    }
}
