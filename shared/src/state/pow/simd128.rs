//! Four lanes at once with WebAssembly's SIMD128.
//!
//! Not part of this crate: it is compiled into a wasm module of its own, by the `simd` package. A module in which any
//! function uses SIMD is refused as a whole by a browser without it, and LLVM gives all functions of a wasm module the
//! features that one of them has.
#![allow(unsafe_code, reason = "vectors are read and written through pointers")]

use core::arch::wasm32::{
    u8x16_shuffle, u32x4, u32x4_add, u32x4_sub, u32x4_le, u32x4_min, u32x4_shl, u32x4_shr, u32x4_splat, v128, v128_and,
    v128_any_true, v128_load, v128_or, v128_store, v128_xor,
};

use super::rounds::{K, LAST_ROUND, LOW_WORD, Lanes, Words, rounds_16_to_60, vector_kernel};

type V = v128;
const WIDTH: usize = 4;

macro_rules! functions {
    ($($name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? $body:block)*) => { $(
        #[target_feature(enable = "simd128")]
        #[inline]
        fn $name($($argument: $type),*) $(-> $result)? $body
    )* };
}

macro_rules! right {
    ($x:expr, $by:literal) => {
        v128_or(u32x4_shr($x, $by), u32x4_shl($x, 32 - $by))
    };
}

functions! {
    splat(word: u32) -> V { u32x4_splat(word) }
    counting() -> V { u32x4(0, 1, 2, 3) }
    load(words: &Words, at: usize) -> V {
        let words: &[u32; WIDTH] = words.vector(at);
        // SAFETY: these are 16 bytes that may be read.
        unsafe { v128_load(words.as_ptr().cast()) }
    }
    store(words: &mut [u32; WIDTH], vector: V) {
        // SAFETY: these are 16 bytes that may be written.
        unsafe { v128_store(words.as_mut_ptr().cast(), vector) }
    }
    add(x: V, y: V) -> V { u32x4_add(x, y) }
    xor(x: V, y: V) -> V { v128_xor(x, y) }
    xor3(x: V, y: V, z: V) -> V { xor(xor(x, y), z) }
    // `e` is what the next round waits for. So `d` is added early, at the price of taking it out of what `a` gets.
    sums(d: V, h: V, choice: V, big1: V, u: V) -> (V, V) {
        let e = add(add(add(h, d), choice), big1);
        (add(u32x4_sub(e, d), u), e)
    }
    choose(e: V, f: V, g: V) -> V { xor(g, v128_and(e, xor(f, g))) }
    majority(_a: V, b: V, _c: V, ab: V, bc: V) -> V { xor(b, v128_and(ab, bc)) }
    big0(x: V) -> V { xor3(right!(x, 2), right!(x, 13), right!(x, 22)) }
    big1(x: V) -> V { xor3(right!(x, 6), right!(x, 11), right!(x, 25)) }
    small0(x: V) -> V { xor3(right!(x, 7), right!(x, 18), u32x4_shr(x, 3)) }
    small1(x: V) -> V { xor3(right!(x, 17), right!(x, 19), u32x4_shr(x, 10)) }
    swap(x: V) -> V { u8x16_shuffle::<3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12>(x, x) }
    least(x: V, y: V) -> V { u32x4_min(x, y) }
    is_any_up_to(x: V, limit: V) -> bool { v128_any_true(u32x4_le(x, limit)) }
}

vector_kernel!("simd128");
