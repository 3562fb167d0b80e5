//! Which kernel this browser mines with: SIMD128 where it has it, the portable one elsewhere.
//!
//! A wasm module with SIMD instructions in it is refused as a whole where there is no SIMD, so the app itself has none:
//! the kernel is a small module of its own ([`simd::MODULE`]), asked of the browser and instantiated here.

use js_sys::{Function, Object, Reflect, Uint8Array, Uint32Array, WebAssembly};
use shared::state::pow::{Kernel, PreparedHeader, Scalar};
use wasm_bindgen::prelude::*;

/// The fastest kernel that this browser runs.
pub fn fastest() -> Box<dyn Kernel> {
    match Simd::start() {
        Some(simd) => Box::new(simd),
        None => Box::new(Scalar),
    }
}

/// The SIMD128 kernel, in a wasm instance of its own.
struct Simd {
    first_row: Function,
    /// Its memory, which never grows, from where it reads what to search.
    input: Uint32Array,
}

impl Simd {
    /// `None` where the browser has no SIMD.
    fn start() -> Option<Self> {
        let module = Uint8Array::from(simd::MODULE);
        if !WebAssembly::validate(&module).unwrap_or(false) {
            return None;
        }
        // A worker may compile at once; only a page must wait.
        let module = WebAssembly::Module::new(&module).ok()?;
        let exports = WebAssembly::Instance::new(&module, &Object::new()).ok()?.exports();
        let export = |name: &str| Reflect::get(&exports, &name.into()).ok();
        let input: Function = export("input")?.dyn_into().ok()?;
        let memory: WebAssembly::Memory = export("memory")?.dyn_into().ok()?;
        let at = input.call0(&JsValue::UNDEFINED).ok()?.as_f64()?;
        // JavaScript has an address as a signed number.
        let input = Uint32Array::new_with_byte_offset(&memory.buffer(), at as i32 as u32);
        Some(Self { first_row: export("first_row")?.dyn_into().ok()?, input })
    }
}

impl Kernel for Simd {
    fn name(&self) -> &'static str {
        "simd128"
    }

    fn first_row(&self, header: &PreparedHeader, first: u32, rows: u32) -> Option<u32> {
        let midstates = header.midstates();
        let words: Vec<u32> = header.words().iter().chain(midstates.as_flattened()).copied().collect();
        let length = u32::try_from(words.len()).expect("a few hundred words");
        self.input.subarray(0, length).copy_from(&words);
        let lanes = u32::try_from(midstates.len()).expect("at most 64 lanes");
        let row = self.first_row.call4(
            &JsValue::UNDEFINED,
            &lanes.into(),
            &header.target_high_word().into(),
            &first.into(),
            &rows.into(),
        );
        let row = row.expect("the module does not trap").as_f64().expect("it answers with a number");
        (row >= 0.0).then_some(row as u32)
    }
}
