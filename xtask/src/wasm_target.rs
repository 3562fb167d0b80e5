//! The Rust targets that are compiled for: the app's, and others by name.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{command, narrate};

/// The target's name.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Adds the target if this Rust does not have it.
pub(crate) fn ensure() -> Result<()> {
    ensure_target(WASM)
}

/// Adds a target if this Rust does not have it.
pub(crate) fn ensure_target(target: &str) -> Result<()> {
    if is_installed(target)? {
        return Ok(());
    }
    narrate::step(&format!("Adding Rust's {target} target"), || {
        if command::find_on_path("rustup").is_none() {
            bail!(
                "this Rust cannot compile for {target}, and `rustup`, which could add it, is not installed.\n\
                 Install Rust with rustup (https://rustup.rs), or {WASM} from where your Rust came from:\n  \
                 Debian and Ubuntu: apt-get install libstd-rust-dev-wasm32\n  \
                 Fedora: dnf install rust-std-static-{WASM}\n  \
                 Arch: pacman -S rust-wasm"
            );
        }
        command::run(Command::new("rustup").args(["target", "add", target]), "see https://rustup.rs")?;
        if !is_installed(target)? {
            bail!("rustup added {target} to another toolchain than the one in use; see `rustup show`");
        }
        Ok(())
    })
}

fn is_installed(target: &str) -> Result<bool> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let folder = command::read(Command::new(rustc).args(["--print", "target-libdir", "--target", target]))?;
    Ok(PathBuf::from(folder).is_dir())
}
