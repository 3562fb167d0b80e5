//! The focus, handed on where what had it goes away. A page that drops it sends a keyboard back to its top, and a screen
//! reader to nowhere.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, Event, HtmlElement, MutationObserver, MutationObserverInit};
use yew::prelude::*;

/// The parts of a page that have a heading of their own.
const PARTS: &str = "section, header";
const HEADINGS: &str = "h1, h2";

/// Moves the focus to an element. One that is gone leaves it where it is, and the page can still be used.
pub fn focus(node: &NodeRef) {
    if let Some(element) = node.cast::<HtmlElement>() {
        element.focus().ok();
    }
}

/// Names what gets the focus whenever `moment` has changed; when it is first drawn, the focus stays where it is.
#[hook]
pub fn use_focus_after<T: PartialEq + 'static>(moment: T) -> NodeRef {
    let node = use_node_ref();
    let is_drawn = use_mut_ref(|| false);
    let to = node.clone();
    use_effect_with(moment, move |_| {
        if is_drawn.replace(true) {
            focus(&to);
        }
    });
    node
}

/// Has the focus go to the nearest heading that is left, or to the page, when what had it below `root` is taken away and
/// nothing else has got it.
#[hook]
pub fn use_kept_focus(root: &NodeRef) {
    let root = root.clone();
    use_effect_with((), move |()| {
        let watch = root.cast::<Element>().and_then(Watch::start);
        move || drop(watch)
    });
}

/// Listens and watches for as long as it is kept.
struct Watch {
    root: Element,
    observer: MutationObserver,
    note: Closure<dyn FnMut(Event)>,
    _check: Closure<dyn FnMut()>,
}

impl Watch {
    fn start(root: Element) -> Option<Self> {
        let document = web_sys::window()?.document()?;
        // What had the focus last, and around it what it stood in. Once taken away, it cannot tell.
        let path = Rc::new(RefCell::new(Vec::<Element>::new()));
        let note = {
            let path = Rc::clone(&path);
            Closure::<dyn FnMut(Event)>::new(move |event: Event| {
                let focused = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                path.replace(std::iter::successors(focused, |element| element.parent_element()).collect());
            })
        };
        let check = Closure::<dyn FnMut()>::new(move || {
            let is_gone = path.borrow().first().is_some_and(|focused| !focused.is_connected());
            if is_gone {
                let path = path.take();
                if is_nowhere(&document) {
                    hand_on(&path);
                }
            }
        });
        let observer = MutationObserver::new(check.as_ref().unchecked_ref()).ok()?;
        let what = MutationObserverInit::new();
        what.set_child_list(true);
        what.set_subtree(true);
        observer.observe_with_options(&root, &what).ok()?;
        root.add_event_listener_with_callback("focusin", note.as_ref().unchecked_ref()).ok()?;
        Some(Self { root, observer, note, _check: check })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
        self.root.remove_event_listener_with_callback("focusin", self.note.as_ref().unchecked_ref()).ok();
    }
}

/// Whether nothing on the page has the focus.
fn is_nowhere(document: &Document) -> bool {
    document.active_element().is_none_or(|active| active.tag_name() == "BODY")
}

/// Focuses the heading of the innermost part that is left, or the page's main part.
fn hand_on(path: &[Element]) {
    let is_left = |element: &&Element| element.is_connected();
    let to = path.iter().filter(is_left).find_map(|element| {
        if element.tag_name() == "MAIN" {
            return Some(element.clone());
        }
        element.matches(PARTS).ok()?.then(|| element.query_selector(HEADINGS).ok()?)?
    });
    if let Some(to) = to.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // A heading is no stop of a keyboard, but may be given the focus.
        to.set_tab_index(-1);
        to.focus().ok();
    }
}
