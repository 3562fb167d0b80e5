//! The miner worker: slices of search with a turn of the event loop between them, in which orders are heard.
//!
//! The turn is taken by a message to itself. A timer would do it too, but browsers stretch timers to at least 4 ms, and
//! to a second in a hidden tab; messages come at once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel};

use super::search::Search;
use super::{FromMiner, ToMiner, kernel};
use crate::worker::clock::monotonic_ms;
use crate::worker::port::Port;

struct Miner {
    search: RefCell<Search>,
    /// Where reports go; set right after the miner is made.
    node: RefCell<Option<Port>>,
    turns: MessageChannel,
    /// Whether a turn is on its way, so that there is never more than one.
    due: Cell<bool>,
    rest: RefCell<Option<Rest>>,
}

/// A rest, and when it began.
struct Rest {
    _timer: Timeout,
    began_ms: f64,
}

/// Plays the miner for as long as the worker lives.
pub fn run(scope: &DedicatedWorkerGlobalScope) -> Result<(), JsValue> {
    let miner = Rc::new(Miner {
        search: RefCell::new(Search::new(kernel::fastest())),
        node: RefCell::default(),
        turns: MessageChannel::new()?,
        due: Cell::new(false),
        rest: RefCell::default(),
    });
    let turn = Closure::<dyn FnMut()>::new({
        let miner = Rc::clone(&miner);
        move || miner.turn()
    });
    miner.turns.port1().set_onmessage(Some(turn.as_ref().unchecked_ref()));
    turn.forget();
    let hearing = Rc::clone(&miner);
    let node = Port::announce(scope, move |order: ToMiner, _| hearing.hear(order))?;
    node.send(&FromMiner::Kernel(miner.search.borrow().kernel().to_owned()));
    *miner.node.borrow_mut() = Some(node);
    Ok(())
}

impl Miner {
    fn hear(self: &Rc<Self>, order: ToMiner) {
        let is_throttle = matches!(order, ToMiner::Throttle(_));
        let mut search = self.search.borrow_mut();
        let answer = search.hear(order, monotonic_ms());
        let is_searching = search.is_searching();
        drop(search);
        if let (Some(answer), Some(node)) = (answer, &*self.node.borrow()) {
            node.send(&answer);
        }
        // A rest goes on for the next job: it is owed for work that was done. Another share owes nothing.
        if is_throttle || !is_searching {
            self.end_rest();
        }
        if is_searching && self.rest.borrow().is_none() {
            self.next_turn();
        }
    }

    fn turn(self: &Rc<Self>) {
        self.due.set(false);
        let slice = self.search.borrow_mut().slice(monotonic_ms);
        if let Some(node) = &*self.node.borrow() {
            for report in &slice.reports {
                node.send(report);
            }
        }
        match slice.next_ms {
            None => {}
            Some(0) => self.next_turn(),
            Some(ms) => self.rest(ms),
        }
    }

    fn rest(self: &Rc<Self>, ms: u32) {
        let miner = Rc::clone(self);
        let timer = Timeout::new(ms, move || {
            miner.end_rest();
            miner.next_turn();
        });
        *self.rest.borrow_mut() = Some(Rest { _timer: timer, began_ms: monotonic_ms() });
    }

    /// Notes how long the rest was, if there is one. One that is cut short counts as far as it went.
    fn end_rest(&self) {
        if let Some(Rest { began_ms, .. }) = self.rest.take() {
            self.search.borrow_mut().rested(monotonic_ms() - began_ms);
        }
    }

    fn next_turn(&self) {
        if !self.due.replace(true)
            && let Err(error) = self.turns.port2().post_message(&JsValue::NULL)
        {
            web_sys::console::error_1(&error);
        }
    }
}
