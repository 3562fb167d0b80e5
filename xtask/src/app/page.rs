//! `index.html` and what it links to: read from the project, and written as the browser gets them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::File;
use super::bindgen::Glue;
use super::tags::{self, Tag};
use crate::names::hashed;

/// The page with its links read.
#[derive(Debug)]
pub(crate) struct Source {
    page: String,
    links: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    tag: Tag,
    kind: Kind,
    /// The files it brings: for all but a folder there is at most one.
    files: Vec<File>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Rust,
    Css,
    Icon,
    Copied,
    /// A script that stands in the page itself.
    Inline,
}

impl Source {
    /// Reads `index.html` and every file it links to.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let page = read_text(&root.join("index.html"))?;
        let links = tags::find(&page)?.into_iter().map(|tag| Link::read(root, tag)).collect::<Result<Vec<_>>>()?;
        if links.iter().filter(|link| link.kind == Kind::Rust).count() != 1 {
            bail!("index.html needs exactly one <link data-trunk rel=\"rust\" …>: it is where the app starts");
        }
        Ok(Self { page, links })
    }

    /// Returns a hash over everything the built app is made of, and over the program that makes it.
    pub(crate) fn fingerprint(&self, wasm: &[u8], builder: &[u8]) -> String {
        let mut hasher = Sha256::new();
        let files = self.links.iter().flat_map(|link| &link.files);
        let parts = [("builder", builder), ("wasm", wasm), ("page", self.page.as_bytes())];
        for (name, bytes) in parts.into_iter().chain(files.map(|file| (file.path.as_str(), file.bytes.as_slice()))) {
            for part in [name.as_bytes(), bytes] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Puts the app's code and the linked files into the page; the page itself is the last of the files.
    pub(crate) fn resolve(self, glue: Glue) -> Result<Vec<File>> {
        let mut files = Vec::new();
        let mut html = String::new();
        let mut at = 0;
        for mut link in self.links {
            html.push_str(&self.page[at..link.tag.span.start]);
            at = link.tag.span.end;
            match link.kind {
                Kind::Rust => html.push_str(&glue.tags()),
                Kind::Copied => files.append(&mut link.files),
                Kind::Inline => {
                    let file = link.files.pop().context("an inline script is one file")?;
                    let script = String::from_utf8(file.bytes).with_context(|| format!("{} is text", file.path))?;
                    html.push_str(&format!("<script>{script}</script>"));
                }
                Kind::Css | Kind::Icon => {
                    let mut file = link.files.pop().context("a stylesheet or an icon is one file")?;
                    file.path = hashed(&file.path, &file.bytes);
                    let rest = match link.kind {
                        Kind::Css => link.tag.for_the_browser().replace("\"css\"", "\"stylesheet\""),
                        _ => link.tag.for_the_browser(),
                    };
                    html.push_str(&format!("<link{rest} href=\"/{}\">", file.path));
                    files.push(file);
                }
            }
        }
        html.push_str(&self.page[at..]);
        files.extend(glue.files);
        files.push(File { path: "index.html".to_owned(), bytes: html.into_bytes() });
        Ok(files)
    }
}

impl Link {
    fn read(root: &Path, tag: Tag) -> Result<Self> {
        let Some(href) = tag.get("href") else { bail!("index.html: a link for Trunk has no href") };
        let source = root.join(href);
        let target = tag.get("data-target-path").map(|path| format!("{}/", path.trim_matches('/'))).unwrap_or_default();
        let (kind, files) = match tag.get("rel") {
            Some("rust") => (Kind::Rust, Vec::new()),
            Some("css") => (Kind::Css, vec![read_file(&source, &target)?]),
            Some("icon") => (Kind::Icon, vec![read_file(&source, &target)?]),
            Some("inline") => (Kind::Inline, vec![read_script(&source)?]),
            Some("copy-file") => (Kind::Copied, vec![read_file(&source, &target)?]),
            Some("copy-dir") => (Kind::Copied, read_folder(&source, &target)?),
            other => bail!(
                "index.html: rel=\"{}\" is not supported for Trunk's links, only rust, css, icon, inline, copy-file, copy-dir",
                other.unwrap_or_default()
            ),
        };
        Ok(Self { tag, kind, files })
    }
}

fn read_file(source: &Path, target: &str) -> Result<File> {
    let bytes = std::fs::read(source).with_context(|| format!("index.html links to {}", source.display()))?;
    Ok(File { path: format!("{target}{}", name_of(source)?), bytes })
}

/// Reads a script that will stand in the page; what would end it there is refused.
fn read_script(source: &Path) -> Result<File> {
    let file = read_file(source, "")?;
    if !file.path.ends_with(".js") || String::from_utf8_lossy(&file.bytes).contains("</script") {
        bail!("index.html: {} cannot stand in the page: it must be a script without `</script`", file.path);
    }
    Ok(file)
}

/// Reads a folder and the folders in it, in the order of their names.
fn read_folder(source: &Path, target: &str) -> Result<Vec<File>> {
    let target = format!("{target}{}/", name_of(source)?);
    let entries = std::fs::read_dir(source).with_context(|| format!("index.html links to {}", source.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.append(&mut read_folder(&path, &target)?);
        } else {
            files.push(read_file(&path, &target)?);
        }
    }
    Ok(files)
}

fn name_of(path: &Path) -> Result<&str> {
    path.file_name().and_then(|name| name.to_str()).with_context(|| format!("{} has no plain name", path.display()))
}

fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(page: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files.iter().chain([&("index.html", page)]) {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    fn glue() -> Glue {
        let wasm = File { path: "app-1_bg.wasm".to_owned(), bytes: vec![0; 12] };
        Glue { script: "app-1.js".into(), wasm: "app-1_bg.wasm".into(), files: vec![wasm] }
    }

    #[test]
    fn every_link_becomes_what_the_browser_needs() {
        let page = r#"<head><link data-trunk rel="css" href="style/a.css"><link data-trunk rel="rust" href="Cargo.toml">
            <link data-trunk rel="copy-file" href="worker.js"><link data-trunk rel="copy-dir" href="pictures"></head>"#;
        let files = [("style/a.css", "a"), ("worker.js", "w"), ("pictures/b/c.svg", "c"), ("Cargo.toml", "")];
        let root = project(page, &files);
        let files = Source::read(root.path()).unwrap().resolve(glue()).unwrap();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let stylesheet = hashed("a.css", b"a");
        assert_eq!(paths, [stylesheet.as_str(), "worker.js", "pictures/b/c.svg", "app-1_bg.wasm", "index.html"]);
        let html = String::from_utf8(files.last().unwrap().bytes.clone()).unwrap();
        assert!(html.contains(&format!(r#"<link rel="stylesheet" href="/{}">"#, hashed("a.css", b"a"))), "{html}");
        assert!(html.contains("tabcoin.start(init, '/app-1_bg.wasm', 12)"), "{html}");
        assert!(!html.contains("data-trunk"), "{html}");
    }

    #[test]
    fn an_inline_script_stands_in_the_page_unless_it_would_end_there() {
        let page = r#"<link data-trunk rel="inline" href="a.js"><link data-trunk rel="rust" href="Cargo.toml">"#;
        let files = Source::read(project(page, &[("a.js", "go()")]).path()).unwrap().resolve(glue()).unwrap();
        let html = String::from_utf8(files.last().unwrap().bytes.clone()).unwrap();
        assert!(html.starts_with("<script>go()</script>"), "{html}");
        assert_eq!(files.len(), 2, "and in no file of its own");
        let error = Source::read(project(page, &[("a.js", "'</script>'")]).path()).unwrap_err();
        assert!(error.to_string().contains("a.js"), "{error:#}");
    }

    #[test]
    fn the_fingerprint_changes_with_whatever_the_app_is_made_of() {
        let page = r#"<link data-trunk rel="rust" href="Cargo.toml"><link data-trunk rel="css" href="a.css">"#;
        let print = |page: &str, css: &str, wasm: &[u8]| {
            let root = project(page, &[("a.css", css)]);
            Source::read(root.path()).unwrap().fingerprint(wasm, b"1")
        };
        let first = print(page, "a", b"w");
        assert_eq!(first, print(page, "a", b"w"));
        for other in [print(page, "b", b"w"), print(page, "a", b"x"), print(&format!("{page} "), "a", b"w")] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn a_link_to_nothing_is_named() {
        let page = r#"<link data-trunk rel="rust" href="Cargo.toml"><link data-trunk rel="css" href="gone.css">"#;
        let error = Source::read(project(page, &[]).path()).unwrap_err();
        assert!(format!("{error:#}").contains("gone.css"), "{error:#}");
    }
}
