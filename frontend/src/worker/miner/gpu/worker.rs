//! The worker that searches on a graphics card: it hears what a miner worker hears and reports as one does.
//!
//! It is a worker of its own because a miner worker is busy with its own slices, and a card that waits for the next
//! dispatch does nothing.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use shared::Refusal;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::DedicatedWorkerGlobalScope;

use super::error::GpuError;
use super::pace::Losses;
use super::search::Search;
use super::{Gpu, IN_FLIGHT_MAX};
use crate::worker::clock::monotonic_ms;
use crate::worker::miner::{FromMiner, ToMiner};
use crate::worker::port::Port;

/// What hears and what searches share.
#[derive(Default)]
struct Miner {
    search: RefCell<Search>,
    /// Those who wait for the next order.
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    /// Where reports go; set right after the miner is made.
    node: RefCell<Option<Port>>,
}

/// Plays the miner on a graphics card for as long as the worker lives.
///
/// Where there is no card, or it was lost for good, it says so with [`FromMiner::Failed`] and is silent from then on.
pub fn run(scope: &DedicatedWorkerGlobalScope) -> Result<(), JsValue> {
    let miner = Rc::new(Miner::default());
    let hearing = Rc::clone(&miner);
    let node = Port::announce(scope, move |order: ToMiner, _| hearing.hear(order))?;
    *miner.node.borrow_mut() = Some(node);
    spawn_local(async move {
        let error = miner.search_with_cards().await;
        miner.report(&FromMiner::Failed(error.receipt()));
    });
    Ok(())
}

impl Miner {
    fn hear(&self, order: ToMiner) {
        let answer = self.search.borrow_mut().hear(order, monotonic_ms());
        self.report_if(answer);
        for waiting in self.waiting.take() {
            waiting.send(()).ok();
        }
    }

    fn report(&self, report: &FromMiner) {
        if let Some(node) = &*self.node.borrow() {
            node.send(report);
        }
    }

    fn report_if(&self, report: Option<FromMiner>) {
        if let Some(report) = report {
            self.report(&report);
        }
    }

    /// Searches until there is no card any more, and returns why.
    async fn search_with_cards(&self) -> GpuError {
        let mut losses = Losses::default();
        loop {
            let gpu = match Gpu::open().await {
                Ok(gpu) => gpu,
                Err(error) => return error,
            };
            self.report(&FromMiner::Kernel(gpu.name().to_owned()));
            let opened_ms = monotonic_ms();
            // Two that take turns: while the card works at what the one handed over, the other hands over the next.
            const { assert!(IN_FLIGHT_MAX == 2) }
            let (error, _) = select(pin!(self.feed(&gpu, 1)), pin!(self.feed(&gpu, 2))).await.factor_first();
            let answer = self.search.borrow_mut().card_lost();
            self.report_if(answer);
            if !losses.may_ask_again(monotonic_ms() - opened_ms) {
                return error;
            }
        }
    }

    /// Hands one dispatch after the other to a card until it is lost. `turn` is 1 for the first of those who do, 2 for the
    /// second.
    async fn feed(&self, gpu: &Gpu, turn: usize) -> GpuError {
        loop {
            let is_needed = turn <= self.search.borrow().in_flight();
            let next = if is_needed { self.search.borrow_mut().next(monotonic_ms()) } else { None };
            let Some(mut dispatch) = next else {
                self.order().await;
                continue;
            };
            let batch = &mut dispatch.batch;
            let hits = match gpu.search(&mut batch.work, &batch.header, batch.first, batch.count).await {
                Ok(hits) => hits,
                Err(error) => return error,
            };
            let reports = self.search.borrow_mut().ended(&dispatch, &hits, monotonic_ms());
            for report in &reports {
                self.report(report);
            }
            self.rest().await;
        }
    }

    /// Waits for the next order.
    async fn order(&self) {
        let (sender, order) = oneshot::channel();
        self.waiting.borrow_mut().push(sender);
        order.await.ok();
    }

    /// Lets the card rest as long as the throttle asks, or until the next order.
    async fn rest(&self) {
        let rest_ms = self.search.borrow().rest_ms();
        if rest_ms == 0 {
            return;
        }
        let began_ms = monotonic_ms();
        match select(TimeoutFuture::new(rest_ms), pin!(self.order())).await {
            Either::Left(_) => self.search.borrow_mut().rested(monotonic_ms() - began_ms),
            // The rest belonged to the job or the throttle that is gone.
            Either::Right(_) => {}
        }
    }
}
