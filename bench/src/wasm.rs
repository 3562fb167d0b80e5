//! The doors for JavaScript: prepare once, then measure as many rounds as are asked for.

use wasm_bindgen::prelude::wasm_bindgen;

use shared::state::{LANES_MAX, PreparedHeader, Scalar};

use crate::chain::Material;
use crate::mining;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds, in a browser and in Node alike.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn now_ms() -> f64;
}

/// The chain's workloads.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ChainBench(Material);

#[wasm_bindgen]
impl ChainBench {
    /// Prepares the material.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default, reason = "this is a constructor for JavaScript")]
    pub fn new() -> Self {
        Self(Material::prepare())
    }

    /// Measures one round; the samples as JSON.
    pub fn round(&self) -> String {
        serde_json::to_string(&self.0.round(&now_ms)).expect("samples are plain values")
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

    /// The module of the SIMD kernel.
    pub fn module(&self) -> Vec<u8> {
        simd::MODULE.to_vec()
    }

    /// What that module is to be given of the header.
    pub fn words(&self) -> Vec<u32> {
        self.0.words().iter().chain(self.0.midstates().as_flattened()).copied().collect()
    }
}
