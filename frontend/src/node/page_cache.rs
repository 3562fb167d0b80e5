//! What a page does that is left but kept by the browser, to be shown again as it was (the back/forward cache).
//!
//! Its workers stand still meanwhile, with their locks and sockets: the node would be online and answer nobody, and the
//! next page of this tab would have to become another node. So the node ends with the page, and a page that is shown
//! again is loaded again.

use wasm_bindgen::prelude::*;
use web_sys::{PageTransitionEvent, Window};

use super::client::NodeHandle;

/// The listeners, for as long as this value lives.
pub(super) struct PageCache {
    window: Window,
    hide: Closure<dyn FnMut(PageTransitionEvent)>,
    show: Closure<dyn FnMut(PageTransitionEvent)>,
}

impl PageCache {
    /// Ends the node when its page is kept, and loads the page when it is shown again.
    pub(super) fn watch(handle: NodeHandle) -> Option<Self> {
        let window = web_sys::window()?;
        let hide = Closure::<dyn FnMut(_)>::new(move |event: PageTransitionEvent| {
            if event.persisted() {
                handle.end();
            }
        });
        let location = window.location();
        let show = Closure::<dyn FnMut(_)>::new(move |event: PageTransitionEvent| {
            if event.persisted() {
                location.reload().ok();
            }
        });
        window.add_event_listener_with_callback("pagehide", hide.as_ref().unchecked_ref()).ok()?;
        window.add_event_listener_with_callback("pageshow", show.as_ref().unchecked_ref()).ok()?;
        Some(Self { window, hide, show })
    }
}

impl Drop for PageCache {
    fn drop(&mut self) {
        self.window.remove_event_listener_with_callback("pagehide", self.hide.as_ref().unchecked_ref()).ok();
        self.window.remove_event_listener_with_callback("pageshow", self.show.as_ref().unchecked_ref()).ok();
    }
}
