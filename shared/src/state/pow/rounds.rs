//! What the vector kernels share: SHA-256 with everything hoisted that does not depend on the low word of the proof.
//!
//! A *lane* is one extra nonce, so one state after the first 64 bytes; a *row* is one low word, tried on every lane. The
//! last block's words are the same for all lanes of a row, so its message schedule is computed once a row. Of the 64
//! rounds of FIPS 180-4, section 6.2.2:
//!
//! - rounds 0 to 11 read words that never change, and of round 12 only the addition of its word is left: they are done
//!   once a [`Lanes`];
//! - the last word of the hash is the `e` of round 60: rounds 61 to 63 are never done, and of rounds 57 to 60 only what
//!   leads to that `e`.
//!
//! A kernel only says in which row a lane may meet the target; whether it does is [`super`]'s to find out. This file and
//! the wasm kernel use nothing but `core`, because those two are compiled as a wasm module of their own.

/// The most lanes that a row has.
pub(super) const LANES_MAX: usize = 64;
/// The most lanes in a vector.
const WIDTH_MAX: usize = 16;
/// Which of the last block's sixteen words is the low word of the proof.
pub(super) const LOW_WORD: usize = 12;
/// The last round whose outcome matters.
pub(super) const LAST_ROUND: usize = 60;

/// SHA-256's round constants (FIPS 180-4, section 4.2.2).
pub(super) const K: [u32; 64] = [
    0x428a_2f98,
    0x7137_4491,
    0xb5c0_fbcf,
    0xe9b5_dba5,
    0x3956_c25b,
    0x59f1_11f1,
    0x923f_82a4,
    0xab1c_5ed5,
    0xd807_aa98,
    0x1283_5b01,
    0x2431_85be,
    0x550c_7dc3,
    0x72be_5d74,
    0x80de_b1fe,
    0x9bdc_06a7,
    0xc19b_f174,
    0xe49b_69c1,
    0xefbe_4786,
    0x0fc1_9dc6,
    0x240c_a1cc,
    0x2de9_2c6f,
    0x4a74_84aa,
    0x5cb0_a9dc,
    0x76f9_88da,
    0x983e_5152,
    0xa831_c66d,
    0xb003_27c8,
    0xbf59_7fc7,
    0xc6e0_0bf3,
    0xd5a7_9147,
    0x06ca_6351,
    0x1429_2967,
    0x27b7_0a85,
    0x2e1b_2138,
    0x4d2c_6dfc,
    0x5338_0d13,
    0x650a_7354,
    0x766a_0abb,
    0x81c2_c92e,
    0x9272_2c85,
    0xa2bf_e8a1,
    0xa81a_664b,
    0xc24b_8b70,
    0xc76c_51a3,
    0xd192_e819,
    0xd699_0624,
    0xf40e_3585,
    0x106a_a070,
    0x19a4_c116,
    0x1e37_6c08,
    0x2748_774c,
    0x34b0_bcb5,
    0x391c_0cb3,
    0x4ed8_aa4a,
    0x5b9c_ca4f,
    0x682e_6ff3,
    0x748f_82ee,
    0x78a5_636f,
    0x84c8_7814,
    0x8cc7_0208,
    0x90be_fffa,
    0xa450_6ceb,
    0xbef9_a3f7,
    0xc671_78f2,
];

/// A word of every lane.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Words(pub(super) [u32; LANES_MAX]);

impl Words {
    const ZERO: Self = Self([0; LANES_MAX]);

    /// Those of a vector of lanes, the first of them `at`, a multiple of their number. So it is as aligned as it is long,
    /// where that is up to 64 bytes.
    #[inline]
    pub(super) fn vector<const WIDTH: usize>(&self, at: usize) -> &[u32; WIDTH] {
        debug_assert!(at.is_multiple_of(WIDTH));
        &self.0.as_chunks::<WIDTH>().0[at / WIDTH]
    }
}

/// The lanes as they enter round 13, word by word, in the order that it reads them.
#[derive(Clone, Debug)]
#[repr(C)]
pub(super) struct Lanes {
    /// `a` and `e`, both without the low word, which is added to them.
    pub(super) a: Words,
    pub(super) e: Words,
    pub(super) b: Words,
    pub(super) c: Words,
    pub(super) d: Words,
    pub(super) f: Words,
    pub(super) g: Words,
    /// `h` plus the word and the constant of rounds 13, 14 and 15: the rounds in which neither depends on the low word.
    pub(super) h: [Words; 3],
    /// The last word of the state after the first 64 bytes.
    pub(super) last: Words,
    /// The sixteen words of the last block; the low word is not read.
    pub(super) words: [u32; 16],
    /// How many lanes there are.
    pub(super) count: usize,
}

fn rotate_xor(x: u32, by: [u32; 3]) -> u32 {
    x.rotate_right(by[0]) ^ x.rotate_right(by[1]) ^ x.rotate_right(by[2])
}

impl Lanes {
    /// Does what is the same in every row, for up to [`LANES_MAX`] states. A vector is filled up by repeating the last.
    pub(super) fn new(midstates: &[[u32; 8]], words: &[u32; 16]) -> Self {
        let mut lanes = Self {
            a: Words::ZERO,
            e: Words::ZERO,
            b: Words::ZERO,
            c: Words::ZERO,
            d: Words::ZERO,
            f: Words::ZERO,
            g: Words::ZERO,
            h: [Words::ZERO; 3],
            last: Words::ZERO,
            words: *words,
            count: midstates.len(),
        };
        let padded = midstates.len().next_multiple_of(WIDTH_MAX).min(LANES_MAX);
        for lane in 0..padded {
            lanes.set(lane, &midstates[lane.min(midstates.len() - 1)]);
        }
        lanes
    }

    fn set(&mut self, lane: usize, midstate: &[u32; 8]) {
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *midstate;
        let mut words = self.words;
        // The low word itself is added by the kernels.
        words[LOW_WORD] = 0;
        for (word, constant) in words.iter().zip(K).take(LOW_WORD + 1) {
            let t = h
                .wrapping_add(rotate_xor(e, [6, 11, 25]))
                .wrapping_add((e & f) ^ (!e & g))
                .wrapping_add(constant)
                .wrapping_add(*word);
            let u = rotate_xor(a, [2, 13, 22]).wrapping_add((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(t), c, b, a, t.wrapping_add(u));
        }
        self.a.0[lane] = a;
        self.b.0[lane] = b;
        self.c.0[lane] = c;
        self.d.0[lane] = d;
        self.e.0[lane] = e;
        self.f.0[lane] = f;
        self.g.0[lane] = g;
        for (at, h) in [h, g, f].into_iter().enumerate() {
            let round = LOW_WORD + 1 + at;
            self.h[at].0[lane] = h.wrapping_add(K[round]).wrapping_add(self.words[round]);
        }
        self.last.0[lane] = midstate[7];
    }
}

/// Defines `first_row`, the loop that a vector kernel is.
///
/// The file that uses it names the target feature, and has the vector `V` of `WIDTH` words and functions on it.
macro_rules! vector_kernel {
    ($feature:literal) => {
        /// `K + W` of rounds 16 to 60, for as many rows as a vector has words.
        #[repr(C, align(64))]
        struct Schedule([[u32; WIDTH]; LAST_ROUND + 1]);

        impl Schedule {
            #[target_feature(enable = $feature)]
            fn fill(&mut self, words: &[u32; 16], first: u32) {
                let mut w = [splat(0); LAST_ROUND + 1];
                for (vector, word) in w.iter_mut().zip(words) {
                    *vector = splat(*word);
                }
                w[LOW_WORD] = add(splat(first), counting());
                for round in 16..=LAST_ROUND {
                    let old = add(small0(w[round - 15]), w[round - 16]);
                    w[round] = add(add(small1(w[round - 2]), w[round - 7]), old);
                    store(&mut self.0[round], add(w[round], splat(K[round])));
                }
            }
        }

        /// The least of the hashes of one row; of each only the most significant 32 bits.
        #[target_feature(enable = $feature)]
        #[allow(
            unused_assignments,
            reason = "of the last rounds only `e` matters, and the compiler leaves the rest out"
        )]
        fn least_of_row(lanes: &Lanes, vectors: usize, low: u32, schedule: &Schedule, row: usize) -> V {
            let mut minimum = splat(u32::MAX);
            let low = splat(low);
            for vector in 0..vectors {
                let word = |words: &Words| load(words, vector * WIDTH);
                let (mut a, mut e) = (add(word(&lanes.a), low), add(word(&lanes.e), low));
                let (mut b, mut c, mut d) = (word(&lanes.b), word(&lanes.c), word(&lanes.d));
                let (mut f, mut g) = (word(&lanes.f), word(&lanes.g));
                // It is part of `lanes.h` until round 16.
                let mut h;
                // Half of what the majority needs is left over from the round before.
                let mut bc = xor(b, c);
                macro_rules! round {
                    ($h:expr) => {{
                        let ab = xor(a, b);
                        let u = add(big0(a), majority(a, b, c, ab, bc));
                        let (next_a, next_e) = sums(d, $h, choose(e, f, g), big1(e), u);
                        bc = ab;
                        (h, g, f, e, d, c, b, a) = (g, f, e, next_e, c, b, a, next_a);
                    }};
                }
                macro_rules! scheduled {
                    ($round:literal) => {
                        round!(add(h, splat(schedule.0[$round][row])))
                    };
                }
                round!(word(&lanes.h[0]));
                round!(word(&lanes.h[1]));
                round!(word(&lanes.h[2]));
                rounds_16_to_60!(scheduled);
                minimum = least(minimum, swap(add(e, word(&lanes.last))));
            }
            minimum
        }

        /// See [`Kernel::first_row`](super::Kernel::first_row); the target is its most significant 32 bits.
        #[target_feature(enable = $feature)]
        pub(super) fn first_row(lanes: &Lanes, target: u32, first: u32, rows: u32) -> Option<u32> {
            let vectors = lanes.count.div_ceil(WIDTH);
            let target = splat(target);
            let mut schedule = Schedule([[0; WIDTH]; LAST_ROUND + 1]);
            for block in (0..rows).step_by(WIDTH) {
                schedule.fill(&lanes.words, first + block);
                for row in 0..(rows - block).min(WIDTH as u32) {
                    let low = first + block + row;
                    let least = least_of_row(lanes, vectors, low, &schedule, row as usize);
                    if is_any_up_to(least, target) {
                        return Some(low);
                    }
                }
            }
            None
        }
    };
}
pub(super) use vector_kernel;

/// Calls a macro with every round that reads the schedule and whose outcome matters.
macro_rules! rounds_16_to_60 {
    ($round:ident) => {
        rounds_16_to_60!(@ $round 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44
            45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60)
    };
    (@ $round:ident $($number:literal)*) => { $( $round!($number); )* };
}
pub(super) use rounds_16_to_60;
