//! What the page knows of the machine and a worker does not: whether it is seen, what powers it, what it is.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Document, EventTarget, Window};

use crate::worker::wire::Surroundings;

/// A screen that is not wider than this in either direction is a phone's, in CSS pixels.
const PHONE_SCREEN: &str = "(pointer: coarse) and (max-width: 640px), (pointer: coarse) and (max-height: 640px)";

/// Watches the surroundings, and tells them at once and whenever they change, for as long as it is kept.
pub(super) struct Watch {
    inner: Rc<Inner>,
    seen: Closure<dyn FnMut()>,
}

struct Inner {
    window: Window,
    document: Document,
    now: RefCell<Surroundings>,
    tell: Box<dyn Fn(Surroundings)>,
    battery: RefCell<Option<Battery>>,
}

/// The browser's `BatteryManager`, and what hears of its changes.
struct Battery {
    manager: EventTarget,
    changed: Closure<dyn FnMut()>,
}

impl Watch {
    /// Begins; `None` outside a page.
    pub(super) fn start(tell: impl Fn(Surroundings) + 'static) -> Option<Self> {
        let window = web_sys::window()?;
        let document = window.document()?;
        let now = RefCell::new(look(&window, &document));
        let inner = Inner { window, document, now, tell: Box::new(tell), battery: RefCell::default() };
        let inner = Rc::new(inner);
        let seen = Closure::<dyn FnMut()>::new({
            let inner = Rc::clone(&inner);
            move || inner.change(|now| now.hidden = inner.document.hidden())
        });
        let function = seen.as_ref().unchecked_ref();
        inner.document.add_event_listener_with_callback("visibilitychange", function).ok()?;
        (inner.tell)(*inner.now.borrow());
        spawn_local(watch_battery(Rc::downgrade(&inner)));
        Some(Self { inner, seen })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let function = self.seen.as_ref().unchecked_ref();
        self.inner.document.remove_event_listener_with_callback("visibilitychange", function).ok();
        self.inner.battery.take();
    }
}

impl Drop for Battery {
    fn drop(&mut self) {
        let function = self.changed.as_ref().unchecked_ref();
        self.manager.remove_event_listener_with_callback("chargingchange", function).ok();
    }
}

impl Inner {
    fn change(&self, change: impl FnOnce(&mut Surroundings)) {
        let before = *self.now.borrow();
        change(&mut self.now.borrow_mut());
        let now = *self.now.borrow();
        if now != before {
            (self.tell)(now);
        }
    }
}

fn look(window: &Window, document: &Document) -> Surroundings {
    let navigator = window.navigator();
    let is_mobile = field(&field(&navigator, "userAgentData"), "mobile").as_bool();
    let has_phone_screen = || window.match_media(PHONE_SCREEN).ok().flatten().is_some_and(|query| query.matches());
    Surroundings {
        // A browser that does not say gets one worker; the cast saturates.
        cores: navigator.hardware_concurrency().max(1.0) as u32,
        is_phone: is_mobile.unwrap_or_else(has_phone_screen),
        on_battery: false,
        has_graphics: field(&navigator, "gpu").is_object(),
        hidden: document.hidden(),
    }
}

/// Asks for the battery, where the browser lets a page know of it. Where it does not, the machine counts as plugged in.
async fn watch_battery(watch: std::rc::Weak<Inner>) {
    let Some(asking) = watch.upgrade().and_then(|inner| ask_battery(&inner.window)) else { return };
    let Ok(manager) = JsFuture::from(asking).await else { return };
    let Some(inner) = watch.upgrade() else { return };
    let manager: EventTarget = manager.unchecked_into();
    let look = {
        let manager = manager.clone();
        move || {
            if let Some(inner) = watch.upgrade() {
                inner.change(|now| now.on_battery = field(&manager, "charging").as_bool() == Some(false));
            }
        }
    };
    look();
    let changed = Closure::<dyn FnMut()>::new(look);
    manager.add_event_listener_with_callback("chargingchange", changed.as_ref().unchecked_ref()).ok();
    *inner.battery.borrow_mut() = Some(Battery { manager, changed });
}

fn ask_battery(window: &Window) -> Option<Promise> {
    let navigator = window.navigator();
    let ask: Function = field(&navigator, "getBattery").dyn_into().ok()?;
    ask.call0(&navigator).ok()?.dyn_into().ok()
}

/// A field of something that not every browser has; `undefined` where it is missing.
fn field(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}
