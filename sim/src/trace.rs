//! The trace of a run: everything that happened, as one hash, and in words where somebody wants to read it.

use shared::sha256;

use crate::time::Time;

/// How many bytes are gathered before they are hashed.
const GATHERED_BYTES: usize = 4_096;

/// Takes down what happens.
#[derive(Debug)]
pub struct Trace {
    digest: [u8; 32],
    gathered: Vec<u8>,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// An empty trace; `in_words` says whether it is to be read.
    pub fn new(in_words: bool) -> Self {
        Self { digest: [0; 32], gathered: Vec::with_capacity(GATHERED_BYTES + 64), lines: in_words.then(Vec::new) }
    }

    /// Takes down what kind of thing happened, to whom, and two numbers that tell it from others of its kind.
    pub fn note(&mut self, at: Time, kind: u8, host: usize, a: u64, b: u64) {
        self.gathered.push(kind);
        for number in [at.as_us(), host as u64, a, b] {
            self.gathered.extend(number.to_le_bytes());
        }
        if self.gathered.len() >= GATHERED_BYTES {
            self.fold();
        }
    }

    /// Says in words what happened, where somebody wants to read it.
    pub fn say(&mut self, at: Time, host: usize, words: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{:>10.3} s  {host:>3}  {}", at.as_us() as f64 / 1e6, words()));
        }
    }

    /// The hash of all so far, and the words.
    pub fn finish(mut self) -> ([u8; 32], Vec<String>) {
        self.fold();
        (self.digest, self.lines.unwrap_or_default())
    }

    fn fold(&mut self) {
        self.digest = sha256(&[&self.digest, &self.gathered]);
        self.gathered.clear();
    }
}

/// A number that tells bytes from other bytes; fast, and no secret.
pub fn mark(bytes: &[u8]) -> u64 {
    let mut words = bytes.chunks_exact(8);
    let start = bytes.len() as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mix = |mark: u64, word: u64| (mark ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29);
    let mark = words.by_ref().map(|word| u64::from_le_bytes(word.try_into().expect("8 bytes"))).fold(start, mix);
    let mut last = [0; 8];
    last[..words.remainder().len()].copy_from_slice(words.remainder());
    let mark = mix(mark, u64::from_le_bytes(last));
    mark ^ mark >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_its_events_in_their_order() {
        let hash = |numbers: &[u64]| {
            let mut trace = Trace::new(false);
            numbers.iter().for_each(|number| trace.note(Time::START, 1, 0, *number, 0));
            trace.finish().0
        };
        let many: Vec<u64> = (0..1_000).collect();
        assert_eq!(hash(&many), hash(&many));
        assert_ne!(hash(&[1, 2]), hash(&[2, 1]));
        assert_ne!(hash(&many), hash(&many[1..]));
    }

    #[test]
    fn a_mark_changes_with_every_bit() {
        let bytes: Vec<u8> = (0..37).collect();
        for bit in 0..37 * 8 {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(mark(&bytes), mark(&other), "bit {bit}");
        }
        assert_ne!(mark(&bytes), mark(&bytes[..36]));
    }
}
