//! The proof-of-work kernel for WebAssembly with SIMD128, as the bytes of a wasm module of its own.
//!
//! A browser without SIMD refuses every module in which any function uses it. So the app has none; it carries this
//! module as data, asks `WebAssembly.validate` whether it may run here, and goes without it where it may not. The module
//! imports nothing and exports:
//!
//! | export | what it is |
//! |---|---|
//! | `memory` | its memory, which never grows |
//! | `input() -> i32` | where to write, as 32-bit words: 16 of the header's last block, then 8 a lane (its midstate) |
//! | `first_row(lanes, target_high_word, first, rows) -> f64` | what `shared`'s `Kernel::first_row` is to say; below zero is `None` |
//!
//! JavaScript reads an `i32` as signed: `input() >>> 0`.

/// The module.
pub const MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/simd128.wasm"));
