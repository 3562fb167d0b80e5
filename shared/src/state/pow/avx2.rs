//! Eight lanes at once with AVX2.
#![allow(unsafe_code, reason = "vectors are read and written through pointers, and code for one processor is entered")]

use std::arch::x86_64::{
    __m256i, _mm_setr_epi8, _mm256_add_epi32, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi32,
    _mm256_load_si256, _mm256_min_epu32, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi32, _mm256_setr_epi32,
    _mm256_shuffle_epi8, _mm256_slli_epi32, _mm256_srli_epi32, _mm256_store_si256, _mm256_xor_si256,
};

use super::rounds::{K, LAST_ROUND, LOW_WORD, Lanes, Words, rounds_16_to_60, vector_kernel};
use super::{Kernel, PreparedHeader};

/// The kernel for processors with AVX2. A value says that this one is.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Avx2 {
    /// The kernel, where this processor and its system can run it.
    pub fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

impl Kernel for Avx2 {
    fn name(&self) -> &'static str {
        "avx2"
    }

    fn first_row(&self, header: &PreparedHeader, first: u32, rows: u32) -> Option<u32> {
        let lanes = Lanes::new(header.midstates(), header.words());
        // SAFETY: `detect` is the only maker of a value, and has seen the feature.
        unsafe { first_row(&lanes, header.target_high_word(), first, rows) }
    }
}

type V = __m256i;
const WIDTH: usize = 8;

macro_rules! functions {
    ($($name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? $body:block)*) => { $(
        #[target_feature(enable = "avx2")]
        #[inline]
        fn $name($($argument: $type),*) $(-> $result)? $body
    )* };
}

macro_rules! right {
    ($x:expr, $by:literal) => {
        _mm256_or_si256(_mm256_srli_epi32::<$by>($x), _mm256_slli_epi32::<{ 32 - $by }>($x))
    };
}

functions! {
    splat(word: u32) -> V { _mm256_set1_epi32(word.cast_signed()) }
    counting() -> V { _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7) }
    load(words: &Words, at: usize) -> V {
        let words: &[u32; WIDTH] = words.vector(at);
        // SAFETY: these are 32 bytes that may be read, and `Words::vector` says that they are aligned.
        unsafe { _mm256_load_si256(words.as_ptr().cast()) }
    }
    store(words: &mut [u32; WIDTH], vector: V) {
        // SAFETY: these are 32 bytes that may be written; each is a 32-byte part of a `Schedule`, which is aligned.
        unsafe { _mm256_store_si256(words.as_mut_ptr().cast(), vector) }
    }
    add(x: V, y: V) -> V { _mm256_add_epi32(x, y) }
    xor(x: V, y: V) -> V { _mm256_xor_si256(x, y) }
    xor3(x: V, y: V, z: V) -> V { xor(xor(x, y), z) }
    // With sixteen registers there is none for the shorter way to `e` that the other kernels take.
    sums(d: V, h: V, choice: V, big1: V, u: V) -> (V, V) {
        let t = add(add(h, choice), big1);
        (add(t, u), add(d, t))
    }
    choose(e: V, f: V, g: V) -> V { xor(g, _mm256_and_si256(e, xor(f, g))) }
    majority(_a: V, b: V, _c: V, ab: V, bc: V) -> V { xor(b, _mm256_and_si256(ab, bc)) }
    big0(x: V) -> V { xor3(right!(x, 2), right!(x, 13), right!(x, 22)) }
    big1(x: V) -> V { xor3(right!(x, 6), right!(x, 11), right!(x, 25)) }
    small0(x: V) -> V { xor3(right!(x, 7), right!(x, 18), _mm256_srli_epi32::<3>(x)) }
    small1(x: V) -> V { xor3(right!(x, 17), right!(x, 19), _mm256_srli_epi32::<10>(x)) }
    swap(x: V) -> V {
        let swapped = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
        _mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(swapped))
    }
    least(x: V, y: V) -> V { _mm256_min_epu32(x, y) }
    is_any_up_to(x: V, limit: V) -> bool { _mm256_movemask_epi8(_mm256_cmpeq_epi32(least(x, limit), x)) != 0 }
}

vector_kernel!("avx2");
