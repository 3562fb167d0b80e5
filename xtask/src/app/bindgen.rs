//! Writes the JavaScript between the browser and the wasm, with wasm-bindgen as a library.
//!
//! A fresh machine so needs no wasm-bindgen command. The library is of exactly the version the app is compiled
//! with; the root `Cargo.toml` pins both.

use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::File;
use crate::names::short_hash;

/// The app's code as the browser loads it.
#[derive(Debug)]
pub(crate) struct Glue {
    /// The name of the JavaScript file.
    pub(crate) script: String,
    /// The name of the wasm file.
    pub(crate) wasm: String,
    /// Both files, and the JavaScript snippets the wasm imports, if any.
    pub(crate) files: Vec<File>,
}

impl Glue {
    /// Returns the tags that load the code: those that Trunk writes, but for the start, which `boot.js` makes with the
    /// wasm's size.
    pub(crate) fn tags(&self) -> String {
        let Self { script, wasm, .. } = self;
        let size = self.files.iter().find(|file| file.path == *wasm).map_or(0, |file| file.bytes.len());
        format!(
            r#"<link rel="modulepreload" href="/{script}" crossorigin="anonymous"><link rel="preload" href="/{wasm}" crossorigin="anonymous" as="fetch" type="application/wasm"><script type="module">
import init from '/{script}';
await tabcoin.start(init, '/{wasm}', {size});
</script>"#
        )
    }
}

/// Generates the glue for a compiled program, by way of a folder of its own below `scratch`.
pub(crate) fn generate(program: &str, wasm: Vec<u8>, scratch: &Path) -> Result<Glue> {
    let folder = scratch.join("bindgen");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_bytes(program, wasm)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .web(true)?;
    bindgen.generate(&folder).context("wasm-bindgen cannot process the app")?;
    let mut files = Vec::new();
    read_all(&folder, "", &mut files)?;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    name(program, files)
}

/// Names the two files by what they contain, so that both may be cached forever.
fn name(program: &str, mut files: Vec<File>) -> Result<Glue> {
    let everything: Vec<u8> = files.iter().flat_map(|file| file.bytes.iter().copied()).collect();
    let name = format!("{program}-{}", short_hash(&everything));
    let (script, wasm) = (format!("{name}.js"), format!("{name}_bg.wasm"));
    let (plain_script, plain_wasm) = (format!("{program}.js"), format!("{program}_bg.wasm"));
    for file in &mut files {
        if file.path == plain_script {
            let text = std::str::from_utf8(&file.bytes).context("wasm-bindgen writes text")?;
            file.bytes = text.replace(&plain_wasm, &wasm).into_bytes();
            file.path.clone_from(&script);
        } else if file.path == plain_wasm {
            file.path.clone_from(&wasm);
        }
    }
    Ok(Glue { script, wasm, files })
}

fn read_all(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_all(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.push(File { path, bytes: std::fs::read(entry.path())? });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_change_with_either_content() {
        let glue = |script: &str, wasm: &str| {
            let file = |path: &str, text: &str| File { path: path.to_owned(), bytes: text.as_bytes().to_vec() };
            name("app", vec![file("app.js", script), file("app_bg.wasm", wasm)]).unwrap()
        };
        let first = glue("load('app_bg.wasm')", "w");
        assert_eq!(first.files[0].path, first.script);
        assert_eq!(first.files[0].bytes, format!("load('{}')", first.wasm).as_bytes());
        assert_eq!(first.wasm, first.script.replace(".js", "_bg.wasm"));
        for other in [glue("load()", "w"), glue("load('app_bg.wasm')", "x")] {
            assert_ne!(first.script, other.script);
            assert_ne!(first.wasm, other.wasm);
        }
    }
}
