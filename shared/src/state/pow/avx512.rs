//! Sixteen lanes at once with AVX-512, which rotates in one instruction and computes any function of three words in one.
#![allow(unsafe_code, reason = "vectors are read and written through pointers, and code for one processor is entered")]

use std::arch::x86_64::{
    __m512i, _mm_setr_epi8, _mm512_add_epi32, _mm512_broadcast_i32x4, _mm512_cmple_epu32_mask, _mm512_load_si512,
    _mm512_min_epu32, _mm512_ror_epi32, _mm512_set1_epi32, _mm512_setr_epi32, _mm512_shuffle_epi8, _mm512_srli_epi32,
    _mm512_store_si512, _mm512_sub_epi32, _mm512_ternarylogic_epi32, _mm512_xor_si512,
};

use super::rounds::{K, LAST_ROUND, LOW_WORD, Lanes, Words, rounds_16_to_60, vector_kernel};
use super::{Kernel, PreparedHeader};

/// The kernel for processors with AVX-512 F and BW. A value says that this one is.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

impl Avx512 {
    /// The kernel, where this processor and its system can run it.
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw")).then_some(Self(()))
    }
}

impl Kernel for Avx512 {
    fn name(&self) -> &'static str {
        "avx512"
    }

    fn first_row(&self, header: &PreparedHeader, first: u32, rows: u32) -> Option<u32> {
        let lanes = Lanes::new(header.midstates(), header.words());
        // SAFETY: `detect` is the only maker of a value, and has seen the features.
        unsafe { first_row(&lanes, header.target_high_word(), first, rows) }
    }
}

type V = __m512i;
const WIDTH: usize = 16;

macro_rules! functions {
    ($($name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? $body:block)*) => { $(
        #[target_feature(enable = "avx512f,avx512bw")]
        #[inline]
        fn $name($($argument: $type),*) $(-> $result)? $body
    )* };
}

functions! {
    splat(word: u32) -> V { _mm512_set1_epi32(word.cast_signed()) }
    counting() -> V { _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) }
    load(words: &Words, at: usize) -> V {
        let words: &[u32; WIDTH] = words.vector(at);
        // SAFETY: these are 64 bytes that may be read, and `Words::vector` says that they are aligned.
        unsafe { _mm512_load_si512(words.as_ptr().cast()) }
    }
    store(words: &mut [u32; WIDTH], vector: V) {
        // SAFETY: these are 64 bytes that may be written; each is a 64-byte part of a `Schedule`, which is aligned.
        unsafe { _mm512_store_si512(words.as_mut_ptr().cast(), vector) }
    }
    add(x: V, y: V) -> V { _mm512_add_epi32(x, y) }
    xor(x: V, y: V) -> V { _mm512_xor_si512(x, y) }
    xor3(x: V, y: V, z: V) -> V { _mm512_ternarylogic_epi32::<0x96>(x, y, z) }
    // `e` is what the next round waits for. So `d` is added early, at the price of taking it out of what `a` gets.
    sums(d: V, h: V, choice: V, big1: V, u: V) -> (V, V) {
        let e = add(add(add(h, d), choice), big1);
        (add(e, _mm512_sub_epi32(u, d)), e)
    }
    choose(e: V, f: V, g: V) -> V { _mm512_ternarylogic_epi32::<0xca>(e, f, g) }
    majority(a: V, b: V, c: V, _ab: V, _bc: V) -> V { _mm512_ternarylogic_epi32::<0xe8>(a, b, c) }
    big0(x: V) -> V { xor3(_mm512_ror_epi32::<2>(x), _mm512_ror_epi32::<13>(x), _mm512_ror_epi32::<22>(x)) }
    big1(x: V) -> V { xor3(_mm512_ror_epi32::<6>(x), _mm512_ror_epi32::<11>(x), _mm512_ror_epi32::<25>(x)) }
    small0(x: V) -> V { xor3(_mm512_ror_epi32::<7>(x), _mm512_ror_epi32::<18>(x), _mm512_srli_epi32::<3>(x)) }
    small1(x: V) -> V { xor3(_mm512_ror_epi32::<17>(x), _mm512_ror_epi32::<19>(x), _mm512_srli_epi32::<10>(x)) }
    swap(x: V) -> V {
        let swapped = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
        _mm512_shuffle_epi8(x, _mm512_broadcast_i32x4(swapped))
    }
    least(x: V, y: V) -> V { _mm512_min_epu32(x, y) }
    is_any_up_to(x: V, limit: V) -> bool { _mm512_cmple_epu32_mask(x, limit) != 0 }
}

vector_kernel!("avx512f,avx512bw");
