//! The folder of the user in which pinned tools are installed once, and shared by every clone.
//!
//! The user's own tools are never touched: each tool and version has a folder of its own, named after both.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{command, narrate};

/// A tool from crates.io, at exactly one version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    /// The crate's name.
    pub(crate) package: &'static str,
    /// The program it installs.
    pub(crate) program: &'static str,
    /// The version.
    pub(crate) version: &'static str,
    /// How it is compiled.
    pub(crate) profile: Profile,
}

/// How a tool is compiled.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Profile {
    /// As its authors release it: for a tool that computes for long.
    Release,
    /// Without optimisation, in half the time: for one that waits for others, or is done in a second.
    Quick,
}

impl Tool {
    /// Returns the path of the program, installing it first if it is not there.
    pub(crate) fn ensure(self) -> Result<PathBuf> {
        let folder = folder()?.join("tools").join(format!("{}-{}", self.package, self.version));
        let program = folder.join("bin").join(format!("{}{}", self.program, std::env::consts::EXE_SUFFIX));
        if program.exists() {
            return Ok(program);
        }
        let name = format!("{} {}", self.package, self.version);
        narrate::step(&format!("Installing {name} into {}, once (some minutes)", folder.display()), || {
            let mut install = command::cargo();
            install
                .args(["install", "--quiet", "--locked", self.package])
                .arg(format!("--version={}", self.version))
                .arg("--root")
                .arg(&folder);
            if let Profile::Quick = self.profile {
                let name = |setting| format!("CARGO_PROFILE_RELEASE_{setting}");
                install.env(name("OPT_LEVEL"), "0").env(name("CODEGEN_UNITS"), "16").env(name("LTO"), "off");
            }
            // A build folder of its own: the project's must not grow a second set of everything.
            install.env("CARGO_TARGET_DIR", folder.join("build"));
            command::run(&mut install, "it comes with Rust, see https://rustup.rs")?;
            std::fs::remove_dir_all(folder.join("build")).context("cannot remove the build folder")
        })?;
        Ok(program)
    }
}

/// Returns the project's cache folder: `tabcoin` under `$XDG_CACHE_HOME` or its usual place.
fn folder() -> Result<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_CACHE_HOME").or_else(|| {
        if cfg!(windows) {
            set("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            set("HOME").map(|home| home.join("Library/Caches"))
        } else {
            set("HOME").map(|home| home.join(".cache"))
        }
    });
    Ok(base.context("no cache folder: set XDG_CACHE_HOME")?.join("tabcoin"))
}
