//! The wasm module: one search over memory that its host fills. See the `simd` package for how to speak to it.
#![no_std]
#![allow(unsafe_code, reason = "a host calls in and writes to memory")]
#![allow(dead_code, reason = "some of what the kernels share is for those of other processors")]

#[path = "../shared/src/state/pow/rounds.rs"]
mod rounds;
#[path = "../shared/src/state/pow/simd128.rs"]
mod simd128;

use core::cell::UnsafeCell;

use rounds::{LANES_MAX, Lanes};

/// What the host writes.
#[repr(C)]
struct Input {
    words: [u32; 16],
    midstates: [[u32; 8]; LANES_MAX],
}

struct Shared(UnsafeCell<Input>);

// SAFETY: the module has one thread.
unsafe impl Sync for Shared {}

static INPUT: Shared = Shared(UnsafeCell::new(Input { words: [0; 16], midstates: [[0; 8]; LANES_MAX] }));

/// Where the host is to write the sixteen words of the last block, and after them eight words a lane.
#[unsafe(no_mangle)]
extern "C" fn input() -> *mut u32 {
    INPUT.0.get().cast()
}

/// The first of some rows in which one of so many lanes may meet the target; a number below zero where there is none.
#[unsafe(no_mangle)]
extern "C" fn first_row(lanes: u32, target_high_word: u32, first: u32, rows: u32) -> f64 {
    // SAFETY: the host writes only between calls.
    let input = unsafe { &*INPUT.0.get() };
    let Some(midstates) = input.midstates.get(..lanes as usize) else { return -1.0 };
    if midstates.is_empty() {
        return -1.0;
    }
    let lanes = Lanes::new(midstates, &input.words);
    simd128::first_row(&lanes, target_high_word, first, rows).map_or(-1.0, f64::from)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
