//! The doors for JavaScript: prepare once, then measure as many rounds as are asked for.

use std::collections::VecDeque;
use std::rc::Rc;

use wasm_bindgen::prelude::wasm_bindgen;

use shared::protocol::{Ahead, Share};
use shared::rules::SignatureShare;
use shared::state::{LANES_MAX, PreparedHeader, Scalar};

use crate::chain::{HEADERS, Material};
use crate::mining;
use crate::refused::Worthless;
use crate::replay::{BLOCKS, Frame, Recording, Replay, SENDERS};

#[wasm_bindgen]
extern "C" {
    /// Milliseconds, in a browser and in Node alike.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn now_ms() -> f64;
}

/// The chain's workloads.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ChainBench(Material, Worthless);

#[wasm_bindgen]
impl ChainBench {
    /// Prepares the material.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default, reason = "this is a constructor for JavaScript")]
    pub fn new() -> Self {
        Self(Material::prepare(HEADERS), Worthless::prepare())
    }

    /// Measures one round; the samples as JSON.
    pub fn round(&self) -> String {
        let samples = [self.0.round(&now_ms), self.1.round(&now_ms)].concat();
        serde_json::to_string(&samples).expect("samples are plain values")
    }
}

/// The miner's workloads.
#[wasm_bindgen]
#[derive(Debug)]
pub struct MiningBench(PreparedHeader);

#[wasm_bindgen]
impl MiningBench {
    /// Prepares a header.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default, reason = "this is a constructor for JavaScript")]
    pub fn new() -> Self {
        Self(mining::header(LANES_MAX))
    }

    /// Measures the scalar kernel, `sha2` without SIMD; the sample as JSON.
    pub fn scalar(&self) -> String {
        let sample = mining::kernel(&now_ms, "sha2, midstate", &Scalar, &mining::header(1));
        serde_json::to_string(&sample).expect("samples are plain values")
    }

    /// Measures that crate as a program calls it; the sample as JSON.
    pub fn cloned_hasher(&self) -> String {
        serde_json::to_string(&mining::cloned_hasher(&now_ms)).expect("samples are plain values")
    }

    /// The module of the SIMD kernel.
    pub fn module(&self) -> Vec<u8> {
        simd::MODULE.to_vec()
    }

    /// What that module is to be given of the header.
    pub fn words(&self) -> Vec<u32> {
        self.0.words().iter().chain(self.0.midstates().as_flattened()).copied().collect()
    }
}

/// A chain full of payments, verified by one worker or by two.
#[wasm_bindgen]
#[derive(Debug)]
pub struct VerifyingBench(Rc<Recording>);

#[wasm_bindgen]
impl VerifyingBench {
    /// Prepares the chain.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default, reason = "this is a constructor for JavaScript")]
    pub fn new() -> Self {
        Self(Rc::new(Recording::prepare(BLOCKS, SENDERS)))
    }

    /// How many payments there are.
    pub fn payments(&self) -> usize {
        self.0.payments()
    }

    /// Verifies the chain in this worker alone.
    pub fn alone(&self) {
        let mut replay = Replay::new(&self.0);
        replay.alone();
        replay.finish();
    }

    /// What the other worker does: verifies a share and answers.
    pub fn verify_share(share: &[u8]) -> Vec<u8> {
        let share: SignatureShare = shared::decode(share).expect("a share");
        shared::encode(&share.verify().expect("a builder's payments are valid"))
    }

    /// Begins to verify it with others.
    pub fn begin(&self) -> Verifying {
        Verifying { replay: Replay::new(&self.0), ahead: Ahead::default(), out: VecDeque::new() }
    }
}

/// How many verify it then.
const WORKERS: usize = 2;

/// A chain that is being verified by this worker, which has the node, and by another.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Verifying {
    replay: Replay,
    ahead: Ahead<Frame>,
    /// What the other has, in the order in which it will answer.
    out: VecDeque<Share>,
}

#[wasm_bindgen]
impl Verifying {
    /// Looks at the next frame; says whether there was one.
    pub fn look(&mut self) -> bool {
        let next = self.replay.look();
        let is_one = next.is_some();
        next.into_iter().for_each(|(frame, signatures)| self.ahead.push(frame, signatures));
        is_one
    }

    /// A share for the other worker, if there is one.
    pub fn give(&mut self) -> Option<Vec<u8>> {
        let (share, signatures) = self.ahead.take_share(WORKERS)?;
        self.out.push_back(share);
        Some(shared::encode(&signatures))
    }

    /// Takes the other's answer to the first share that it has.
    pub fn take(&mut self, verified: &[u8]) {
        let share = self.out.pop_front().expect("answers come to what was given");
        self.ahead.put_back(share, Some(shared::decode(verified).expect("an answer")));
    }

    /// Does one thing of what there is to do in this worker: hands the node the frame whose turn it is, or verifies a
    /// share. Says whether there was anything.
    pub fn advance(&mut self) -> bool {
        if let Some((frame, verified)) = self.ahead.take_input() {
            self.replay.take(frame, &verified);
        } else if let Some((share, signatures)) = self.ahead.take_share(WORKERS) {
            self.ahead.put_back(share, signatures.verify());
        } else {
            return false;
        }
        true
    }

    /// Whether the chain is verified.
    pub fn is_done(&self) -> bool {
        self.ahead.is_empty()
    }

    /// Looks whether the node has come to the end.
    pub fn finish(self) {
        self.replay.finish();
    }
}
