//! A wasm module that runs seeds, so that its traces can be compared with the native ones.

#![allow(unsafe_code, reason = "an export is found by its name, and nothing else has these names")]

use std::cell::RefCell;

use sim::plan::draw;
use sim::run::run;

thread_local! {
    static TRACE: RefCell<[u8; 32]> = const { RefCell::new([0; 32]) };
}

/// Runs a seed; says how many events there were, or the highest number if it failed.
#[unsafe(no_mangle)]
pub extern "C" fn run_seed(seed: u64) -> u64 {
    let outcome = run(&draw(seed, None), false);
    TRACE.set(outcome.trace);
    if outcome.violation.is_some() { u64::MAX } else { outcome.events }
}

/// A byte of the last seed's trace.
#[unsafe(no_mangle)]
pub extern "C" fn trace_byte(number: u32) -> u32 {
    TRACE.with_borrow(|trace| trace.get(number as usize).copied().unwrap_or_default().into())
}
