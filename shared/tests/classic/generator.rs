//! Random JSON, written in every way that JSON can be written.

use std::hash::{BuildHasher, Hasher, RandomState};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How deep random documents go.
const DEPTH: u64 = 5;

/// Where all chance comes from.
pub(crate) struct Dice {
    seed: u64,
    rng: ChaCha20Rng,
}

impl Dice {
    /// Another seed each run, or the one that `TABCOIN_SEED` names. It is printed, which shows when a test fails.
    pub(crate) fn new() -> Self {
        let named = std::env::var("TABCOIN_SEED").ok();
        let seed = named.map(|seed| seed.parse().expect("TABCOIN_SEED is a number"));
        let seed = seed.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        println!("TABCOIN_SEED={seed}");
        Self { seed, rng: ChaCha20Rng::seed_from_u64(seed) }
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.rng.next_u64() % end
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len() as u64) as usize]
    }

    /// The JSON text of an object with fields like a block's and others.
    pub(crate) fn document(&mut self) -> String {
        let mut text = String::new();
        self.object(DEPTH, &mut text);
        text
    }

    fn space(&mut self, text: &mut String) {
        text.push_str(self.pick(&["", "", "", " ", "\n", "\t\r ", "  "]));
    }

    fn object(&mut self, depth: u64, text: &mut String) {
        text.push('{');
        self.space(text);
        for at in 0..self.below(8) {
            if at > 0 {
                text.push(',');
                self.space(text);
            }
            match self.below(3) {
                // The same key twice now and then.
                0 => text.push_str(self.pick(&[
                    "\"index\"",
                    "\"proof\"",
                    "\"a\"",
                    "\"\"",
                    "\"\\u0061\"",
                    "\"A\"",
                    "\"é\"",
                ])),
                _ => self.string(text),
            }
            self.space(text);
            text.push(':');
            self.space(text);
            self.value(depth - 1, text);
            self.space(text);
        }
        text.push('}');
    }

    fn list(&mut self, depth: u64, text: &mut String) {
        text.push('[');
        self.space(text);
        for at in 0..self.below(6) {
            if at > 0 {
                text.push(',');
                self.space(text);
            }
            self.value(depth - 1, text);
            self.space(text);
        }
        text.push(']');
    }

    fn value(&mut self, depth: u64, text: &mut String) {
        match self.below(if depth == 0 { 7 } else { 10 }) {
            0 => text.push_str(self.pick(&[
                "null",
                "true",
                "false",
                "NaN",
                "Infinity",
                "-Infinity",
                "0",
                "-0",
                "-0.0",
                "10.0",
            ])),
            1 | 2 => self.string(text),
            3 | 4 => self.integer(text),
            5 | 6 => self.float(text),
            7 => self.list(depth, text),
            _ => self.object(depth, text),
        }
    }

    fn digits(&mut self, count: u64, text: &mut String) {
        for _ in 0..count {
            text.push(char::from(b'0' + self.below(10) as u8));
        }
    }

    /// An integer of any size; now and then one of thousands of digits.
    pub(crate) fn integer(&mut self, text: &mut String) {
        text.push_str(self.pick(&["", "-"]));
        let digits = match self.below(40) {
            0 => self.below(4_300),
            1..10 => self.below(60),
            _ => self.below(19),
        };
        text.push(char::from(b'1' + self.below(9) as u8));
        self.digits(digits, text);
    }

    fn float(&mut self, text: &mut String) {
        match self.below(5) {
            // Halfway between two texts of seventeen digits: 15 digits and an eighth, or 16 and a quarter.
            4 => {
                let eighths = 1_000_000_000_000_000 + self.below(1 << 52);
                let float = [8.0, 4.0, 16.0][self.below(3) as usize];
                text.push_str(&format!("{:.20e}", eighths as f64 / float));
            }
            // Any float there is, in seventeen digits.
            0 => loop {
                let float = f64::from_bits(self.rng.next_u64());
                if float.is_finite() {
                    text.push_str(&format!("{float:.17e}"));
                    return;
                }
            },
            // Around the sizes at which Python changes how it writes.
            1 => {
                let exponent = self.below(30) as i32 - 10;
                let float = (self.below(1_000_000) as f64 / 1_000.0) * 10_f64.powi(exponent);
                text.push_str(&format!("{float:e}"));
            }
            // Money.
            2 => text.push_str(&format!("{}.{:02}", self.below(10_000), self.below(100))),
            // Digits in any number, and exponents beyond what a float holds.
            _ => {
                text.push_str(self.pick(&["", "-"]));
                text.push(char::from(b'1' + self.below(9) as u8));
                let whole = self.below(25);
                self.digits(whole, text);
                if self.below(2) == 0 {
                    text.push('.');
                    let after = 1 + self.below(30);
                    self.digits(after, text);
                }
                text.push_str(self.pick(&["e", "E", "e+", "E-", "e-"]));
                let exponent = self.below(400);
                text.push_str(&exponent.to_string());
            }
        }
    }

    fn string(&mut self, text: &mut String) {
        text.push('"');
        for _ in 0..self.below(12) {
            self.character(text);
        }
        text.push('"');
    }

    fn character(&mut self, text: &mut String) {
        let character = match self.below(10) {
            0..4 => char::from(b' ' + self.below(95) as u8),
            4 => char::from(self.below(0x80) as u8),
            5 => self
                .pick(&["é", "ß", "茶", "\u{2028}", "\u{7f}", "\u{80}", "\u{ffff}", "\u{d7ff}", "\u{e000}"])
                .chars()
                .next()
                .expect("one"),
            6 => self.pick(&["🫖", "\u{10000}", "\u{10ffff}", "𝒜"]).chars().next().expect("one"),
            7 => {
                text.push_str(self.pick(&["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"]));
                return;
            }
            _ => char::from_u32(self.below(0x11_0000) as u32).unwrap_or('x'),
        };
        let must_escape = character < ' ' || character == '"' || character == '\\';
        if must_escape || self.below(3) == 0 {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let digits = if self.below(2) == 0 { format!("{unit:04x}") } else { format!("{unit:04X}") };
                text.push_str("\\u");
                text.push_str(&digits);
            }
        } else {
            text.push(character);
        }
    }

    /// The text with one character taken out, doubled or replaced: often no JSON any more.
    pub(crate) fn damaged(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        let at = self.below(characters.len() as u64) as usize;
        match self.below(3) {
            0 => drop(characters.remove(at)),
            1 => characters.insert(at, characters[at]),
            _ => characters[at] = char::from(self.below(0x80) as u8),
        }
        characters.into_iter().collect()
    }
}
