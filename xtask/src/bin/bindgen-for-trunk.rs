//! The `wasm-bindgen` command, as far as Trunk uses it: the library this project has compiled anyway.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Parser;
use wasm_bindgen_cli_support::Bindgen;

/// Writes the JavaScript for a wasm file.
#[derive(Debug, Parser)]
#[command(name = "wasm-bindgen", version = VERSION)]
struct Arguments {
    /// The compiled program
    wasm: PathBuf,
    #[arg(long)]
    out_dir: PathBuf,
    #[arg(long)]
    out_name: String,
    #[arg(long, default_value = "web")]
    target: String,
    #[arg(long)]
    no_typescript: bool,
    #[arg(long)]
    keep_debug: bool,
    #[arg(long)]
    no_demangle: bool,
}

/// The library's version; the root `Cargo.toml` pins it.
const VERSION: &str = "0.2.130";

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if arguments.target != "web" {
        bail!("only --target web is known here, not {}", arguments.target);
    }
    Bindgen::new()
        .input_path(arguments.wasm)
        .out_name(&arguments.out_name)
        .typescript(!arguments.no_typescript)
        .keep_debug(arguments.keep_debug)
        .demangle(!arguments.no_demangle)
        .web(true)?
        .generate(arguments.out_dir)
}
