//! Compiles the module. It is so small, and so without dependencies, that the compiler itself is enough: the same bytes
//! then lie in the app whether xtask, Trunk or cargo built it.

use std::path::PathBuf;
use std::process::Command;

/// What the module is made of, from the workspace's folder on.
const SOURCES: [&str; 3] = ["simd/module.rs", "shared/src/state/pow/rounds.rs", "shared/src/state/pow/simd128.rs"];

fn main() {
    let variable = |name| std::env::var_os(name).unwrap_or_else(|| panic!("cargo sets {name}"));
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("..");
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    let module = PathBuf::from(variable("OUT_DIR")).join("simd128.wasm");
    let status = Command::new(variable("RUSTC"))
        .args(["--edition=2024", "--crate-type=cdylib", "--crate-name=simd128", "--target=wasm32-unknown-unknown"])
        .args(["-Copt-level=3", "-Clto", "-Cpanic=abort", "-Cstrip=symbols", "-Clink-arg=--stack-first"])
        .args(["-Clink-arg=-zstack-size=65536", "-o"])
        .arg(&module)
        .arg(root.join(SOURCES[0]))
        .status()
        .expect("cargo names a compiler that is there");
    assert!(
        status.success(),
        "rustc cannot compile the module: is there a wasm target? rustup target add wasm32-unknown-unknown"
    );
}
