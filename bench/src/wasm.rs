//! The doors for JavaScript: prepare once, then measure as many rounds as are asked for.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::chain::Material;

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
