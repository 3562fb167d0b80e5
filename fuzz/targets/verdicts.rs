//! The native core beside the same core as a wasm module, in an engine within the process.
#![no_main]

use std::cell::RefCell;

use wasmi::{Engine, Linker, Module, Store, TypedFunc};

/// Where the module lies; `cargo xtask fuzz` builds it and says so.
const MODULE: &str = "TABCOIN_VERDICT";

struct Wasm {
    store: Store<()>,
    push: TypedFunc<u64, ()>,
    digest: TypedFunc<u32, u64>,
}

impl Wasm {
    fn start() -> Self {
        let path = std::env::var_os(MODULE).expect("TABCOIN_VERDICT names the module: see cargo xtask fuzz");
        let bytes = std::fs::read(path).expect("a module that was built");
        let engine = Engine::default();
        let module = Module::new(&engine, &bytes[..]).expect("wasm");
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).expect("it imports nothing");
        let push = instance.get_typed_func(&store, "push").expect("exported");
        let digest = instance.get_typed_func(&store, "digest").expect("exported");
        Self { store, push, digest }
    }

    fn digest(&mut self, input: &[u8]) -> u64 {
        for chunk in input.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.push.call(&mut self.store, u64::from_le_bytes(word)).expect("it takes bytes");
        }
        self.digest.call(&mut self.store, input.len() as u32).expect("it does not panic")
    }
}

thread_local! {
    static WASM: RefCell<Wasm> = RefCell::new(Wasm::start());
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    cases::verdicts::compare(input, WASM.with_borrow_mut(|wasm| wasm.digest(input)));
});
