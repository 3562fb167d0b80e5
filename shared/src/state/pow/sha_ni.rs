//! One lane after the other with the SHA extensions of x86, four of them interleaved: an instruction that does two
//! rounds takes four cycles, but another may begin after two.
#![allow(unsafe_code, reason = "vectors are read and written through pointers, and code for one processor is entered")]

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_loadl_epi64, _mm_loadu_si128, _mm_setr_epi32,
    _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_storeu_si128,
};

use super::rounds::{K, LANES_MAX, LAST_ROUND, LOW_WORD, Lanes};
use super::{Kernel, PreparedHeader};

/// The kernel for processors with the SHA extensions. A value says that this one is.
#[derive(Clone, Copy, Debug)]
pub struct ShaNi(());

impl ShaNi {
    /// The kernel, where this processor and its system can run it.
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("sha") && is_x86_feature_detected!("sse4.1")).then_some(Self(()))
    }
}

impl Kernel for ShaNi {
    fn name(&self) -> &'static str {
        "sha-ni"
    }

    fn first_row(&self, header: &PreparedHeader, first: u32, rows: u32) -> Option<u32> {
        let lanes = Lanes::new(header.midstates(), header.words());
        // SAFETY: `detect` is the only maker of a value, and has seen the features.
        unsafe { first_row(&lanes, header.target_high_word(), first, rows) }
    }
}

/// How many lanes are worked on at once.
const STREAMS: usize = 4;
/// How many schedules are made before they are read: what was just written in fours is slow to be read in twos.
const ROWS: usize = 8;
/// The first round that is done here; see [`Lanes`].
const FIRST_ROUND: usize = LOW_WORD + 1;

/// `K + W` of all rounds. That of [`FIRST_ROUND`] is zero: it is part of the lane's `h`.
type Schedule = [u32; 64];

#[target_feature(enable = "sha,sse4.1")]
fn schedule(words: &[u32; 16], low: u32) -> Schedule {
    let four = |words: &[u32], at: usize| {
        let words = &words[at..at + 4];
        // SAFETY: these are 16 bytes that may be read.
        unsafe { _mm_loadu_si128(words.as_ptr().cast()) }
    };
    let mut words = *words;
    words[LOW_WORD] = low;
    let mut w: [__m128i; 4] = [four(&words, 0), four(&words, 4), four(&words, 8), four(&words, 12)];
    let mut sums = [0; 64];
    for round in (12..64).step_by(4) {
        if round > 12 {
            let sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[0], w[1]), _mm_alignr_epi8::<4>(w[3], w[2]));
            w = [w[1], w[2], w[3], _mm_sha256msg2_epu32(sum, w[3])];
        }
        let into = &mut sums[round..round + 4];
        // SAFETY: these are 16 bytes that may be written.
        unsafe { _mm_storeu_si128(into.as_mut_ptr().cast(), _mm_add_epi32(w[3], four(&K, round))) };
    }
    sums[FIRST_ROUND] = 0;
    sums
}

/// A lane as the instructions want it: `f e b a` and `h g d c`, from the lowest word up.
#[derive(Clone, Copy)]
struct State {
    feba: __m128i,
    hgdc: __m128i,
    last: u32,
}

#[target_feature(enable = "sha,sse4.1")]
fn state(lanes: &Lanes, lane: usize) -> State {
    let [a, b, c, d, e, f, g, h] = [&lanes.a, &lanes.b, &lanes.c, &lanes.d, &lanes.e, &lanes.f, &lanes.g, &lanes.h[0]]
        .map(|words| words.0[lane].cast_signed());
    State { feba: _mm_setr_epi32(f, e, b, a), hgdc: _mm_setr_epi32(h, g, d, c), last: lanes.last.0[lane] }
}

/// The least of the hashes of one row; of each only the most significant 32 bits.
#[target_feature(enable = "sha,sse4.1")]
fn least_of_row(states: &[State], low: u32, schedule: &Schedule) -> u32 {
    let low = low.cast_signed();
    let low = _mm_setr_epi32(0, low, 0, low);
    let mut least = u32::MAX;
    for states in states.as_chunks::<STREAMS>().0 {
        let mut feba = [low; STREAMS];
        let mut hgdc = [low; STREAMS];
        for (stream, state) in states.iter().enumerate() {
            feba[stream] = _mm_add_epi32(state.feba, low);
            hgdc[stream] = state.hgdc;
        }
        for round in (FIRST_ROUND..LAST_ROUND).step_by(2) {
            let two = &schedule[round..round + 2];
            // SAFETY: these are 8 bytes that may be read.
            let two = unsafe { _mm_loadl_epi64(two.as_ptr().cast()) };
            for stream in 0..STREAMS {
                let next = _mm_sha256rnds2_epu32(hgdc[stream], feba[stream], two);
                hgdc[stream] = feba[stream];
                feba[stream] = next;
            }
        }
        for (stream, state) in states.iter().enumerate() {
            let e = _mm_extract_epi32::<1>(feba[stream]).cast_unsigned();
            least = least.min(e.wrapping_add(state.last).swap_bytes());
        }
    }
    least
}

/// See [`Kernel::first_row`]; the target is its most significant 32 bits.
#[target_feature(enable = "sha,sse4.1")]
fn first_row(lanes: &Lanes, target: u32, first: u32, rows: u32) -> Option<u32> {
    let states: [State; LANES_MAX] = std::array::from_fn(|lane| state(lanes, lane));
    let states = &states[..lanes.count.next_multiple_of(STREAMS)];
    let mut schedules = [[0; 64]; ROWS];
    for block in (0..rows).step_by(ROWS) {
        let low = |row: usize| first + block + row as u32;
        let here = (rows - block).min(ROWS as u32) as usize;
        for (row, sums) in schedules[..here].iter_mut().enumerate() {
            *sums = schedule(&lanes.words, low(row));
        }
        for (row, sums) in schedules[..here].iter().enumerate() {
            if least_of_row(states, low(row), sums) <= target {
                return Some(low(row));
            }
        }
    }
    None
}
