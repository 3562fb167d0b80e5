//! A page that tries out mining on this machine's graphics card, through the same code as the app, and writes what came
//! of it: the card, its rate, how long it takes to stop, and whether it comes back after it was lost.
//!
//! In a window it is the page; in a worker it plays the app's role of that name.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use frontend::worker::clock::monotonic_ms;
use frontend::worker::miner::gpu::pace::Dispatches;
use frontend::worker::miner::gpu::plan::Plan;
use frontend::worker::miner::gpu::{Gpu, GpuError};
use frontend::worker::miner::{FromMiner, Share, ToMiner};
use frontend::worker::port::{Port, Spawn, spawn};
use frontend::worker::{GPU, start};
use futures_channel::oneshot;
use futures_util::future::join;
use gloo_timers::future::TimeoutFuture;
use shared::state::mining::{Job, JobId};
use shared::{CompactTarget, Header, Params, Target};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// For how long the rate is measured.
const MEASURED_MS: f64 = 3_000.0;
/// A target that nothing meets while it is measured.
const HARD: u32 = 0x1000_ffff;
/// A target that one attempt in a million meets.
const EASY: u32 = 0x1e0f_ffff;

fn main() {
    if web_sys::window().is_some() {
        spawn_local(async {
            let last = match try_out().await {
                Ok(()) => "everything held".to_owned(),
                Err(failure) => format!("FAILED: {failure}"),
            };
            say(&last);
        });
    }
}

/// Takes up the role the worker was started for; called by `worker.js`.
#[wasm_bindgen]
pub fn start_worker() {
    start();
}

async fn try_out() -> Result<(), String> {
    let gpu = Gpu::open().await.map_err(|error| error.to_string())?;
    say(&format!("card: {}", gpu.name()));
    measure(&gpu).await.map_err(|error| error.to_string())?;
    lose(gpu).await?;
    let gpu = Gpu::open().await.map_err(|error| format!("after the loss: {error}"))?;
    say(&format!("opened again: {}", gpu.name()));
    drop(gpu);
    mine_in_a_worker().await
}

/// Keeps two dispatches on their way, as the worker does, and measures how fast they are made and how soon they end.
async fn measure(gpu: &Gpu) -> Result<(), GpuError> {
    let plan = RefCell::new(Plan::new(share(job(HARD))));
    let dispatches = RefCell::new(Dispatches::default());
    let (attempts, ends) = (Cell::new(0), Cell::new(0));
    let began_ms = monotonic_ms();
    let feed = async || {
        while monotonic_ms() - began_ms < MEASURED_MS {
            let mut batch = plan.borrow_mut().next(dispatches.borrow().next());
            let handed_over_ms = monotonic_ms();
            gpu.search(&mut batch.work, &batch.header, batch.first, batch.count).await?;
            dispatches.borrow_mut().took(batch.attempts(), handed_over_ms, monotonic_ms());
            attempts.set(attempts.get() + batch.attempts());
            ends.set(ends.get() + 1);
        }
        Ok(())
    };
    let (one, other) = join(feed(), feed()).await;
    one.and(other)?;
    let took_ms = monotonic_ms() - began_ms;
    say(&format!("rate: {:.2} MH/s", attempts.get() as f64 / took_ms / 1_000.0));
    say(&format!("dispatch: {:.1} ms", took_ms / f64::from(ends.get())));
    say(&format!("stopped after: {:.1} ms", took_ms - MEASURED_MS));
    Ok(())
}

/// Takes the card away from under a search.
async fn lose(gpu: Gpu) -> Result<(), String> {
    let mut batch = Plan::new(share(job(HARD))).next(1_000_000);
    let (outcome, ()) = join(gpu.search(&mut batch.work, &batch.header, batch.first, batch.count), async {
        gpu.destroy();
    })
    .await;
    match outcome {
        Err(GpuError::Lost(reason)) => say(&format!("lost: {reason}")),
        other => return Err(format!("a search on a destroyed device ends with {other:?}")),
    }
    match gpu.search(&mut batch.work, &batch.header, batch.first, batch.count).await {
        Err(GpuError::Lost(_)) => Ok(()),
        other => Err(format!("a search after the loss ends with {other:?}")),
    }
}

/// Lets the worker find a proof, and stops it while it searches for another.
async fn mine_in_a_worker() -> Result<(), String> {
    let (ready, started) = oneshot::channel();
    let ready = Rc::new(RefCell::new(Some(ready)));
    let worker = spawn(GPU, move |outcome| {
        if let Some(ready) = ready.take() {
            ready.send(outcome).ok();
        }
    });
    let _worker = worker.map_err(|receipt| receipt.to_string())?;
    let port = match started.await.map_err(|_| "the worker said nothing")? {
        Spawn::Ready(port) => port,
        Spawn::Failed(receipt) => return Err(receipt.to_string()),
    };
    let heard: Rc<RefCell<Vec<FromMiner>>> = Rc::default();
    let hearing = Rc::clone(&heard);
    let port = Port::listen(port, move |report: FromMiner, _| hearing.borrow_mut().push(report));
    let easy = job(EASY);
    let order = |job: Option<Job>| ToMiner::Mine { order: 1, share: job.map(share) };
    port.send(&order(Some(easy)));
    let found = until(&heard, |report| match report {
        FromMiner::Found { job, extra_nonce, proof } => Some(Ok((*job, *extra_nonce, *proof))),
        FromMiner::Failed(receipt) => Some(Err(receipt.to_string())),
        FromMiner::Kernel(_) | FromMiner::Took { .. } | FromMiner::Rate { .. } => None,
    });
    let (id, extra_nonce, proof) = found.await??;
    let header = Header { extra_nonce, proof, ..easy.header };
    let target = Target::from_compact(header.target).map_err(|error| error.to_string())?;
    if id != easy.id || !target.is_met_by(&header.hash()) {
        return Err(format!("the worker found {header:?}, which is no proof"));
    }
    say("the worker found a proof");
    port.send(&order(Some(job(HARD))));
    let rate = |report: &FromMiner| if let FromMiner::Rate { rate_hps, .. } = report { Some(*rate_hps) } else { None };
    heard.borrow_mut().clear();
    TimeoutFuture::new(2_000).await;
    let rate = until(&heard, rate).await?;
    say(&format!("the worker's rate: {:.2} MH/s", rate / 1e6));
    port.send(&order(None));
    TimeoutFuture::new(100).await;
    heard.borrow_mut().clear();
    TimeoutFuture::new(600).await;
    if heard.borrow().is_empty() { Ok(()) } else { Err(format!("after Stop the worker says {:?}", heard.borrow())) }
}

/// Waits for a report.
async fn until<T>(heard: &RefCell<Vec<FromMiner>>, look: impl Fn(&FromMiner) -> Option<T>) -> Result<T, String> {
    let began_ms = monotonic_ms();
    loop {
        if let Some(found) = heard.borrow().iter().rev().find_map(&look) {
            return Ok(found);
        }
        if monotonic_ms() - began_ms > 20_000.0 {
            return Err(format!("the worker said nothing of the kind: {:?}", heard.borrow()));
        }
        TimeoutFuture::new(5).await;
    }
}

fn job(target: u32) -> Job {
    let genesis = Params::main().genesis().header;
    Job { id: JobId(u64::from(target)), header: Header { target: CompactTarget::from_bits(target), ..genesis } }
}

fn share(job: Job) -> Share {
    Share { job, number: 0 }
}

/// Writes a line into the page.
fn say(line: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let body = document.and_then(|document| document.body());
    if let Some(body) = body {
        body.set_inner_text(&format!("{}{line}\n", body.inner_text()));
    }
}
