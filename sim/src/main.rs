//! The simulator's command line; in WebAssembly the library alone is used.

#[cfg(not(target_arch = "wasm32"))]
mod command;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> anyhow::Result<std::process::ExitCode> {
    command::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {}
