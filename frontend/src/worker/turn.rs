//! A turn of the event loop: lets messages, timers and storage in between two pieces of work.
//!
//! Waiting for a promise is not enough (promises come before messages), and a timer is stretched to 4 ms and more.

use std::rc::Rc;

use futures_channel::oneshot;
use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

/// Gives the event loop its turns.
#[derive(Debug)]
pub struct Turns {
    channel: MessageChannel,
    waiting: Rc<std::cell::RefCell<Option<oneshot::Sender<()>>>>,
    _on_message: Closure<dyn FnMut()>,
}

impl Turns {
    /// Makes the channel over which the turns are taken.
    pub fn new() -> Result<Self, JsValue> {
        let channel = MessageChannel::new()?;
        let waiting = Rc::new(std::cell::RefCell::new(None::<oneshot::Sender<()>>));
        let on_message = Closure::<dyn FnMut()>::new({
            let waiting = Rc::clone(&waiting);
            move || {
                if let Some(waiting) = waiting.take() {
                    waiting.send(()).ok();
                }
            }
        });
        channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Self { channel, waiting, _on_message: on_message })
    }

    /// Returns after everything that the event loop holds now had its turn.
    pub async fn take(&self) {
        let (sender, receiver) = oneshot::channel();
        *self.waiting.borrow_mut() = Some(sender);
        if self.channel.port2().post_message(&JsValue::NULL).is_ok() {
            receiver.await.ok();
        }
    }
}
