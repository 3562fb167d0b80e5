//! The simulator's command line; in WebAssembly the library alone is used.

#[cfg(not(target_arch = "wasm32"))]
mod command;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> anyhow::Result<std::process::ExitCode> {
    /// What a shell reports of a program that ends by SIGPIPE, 128 and 13.
    const READER_GONE: u8 = 141;
    match command::main() {
        Err(error) if command::is_reader_gone(&error) => Ok(READER_GONE.into()),
        ended => ended,
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}
