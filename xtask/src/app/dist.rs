//! The folder the built app is in.
//!
//! A relay may be serving it while it is written, and pages loaded a moment ago may still ask for the files they were
//! loaded with. So new files come first, the page that names them last, each by renaming a finished file into place;
//! and the files of the build before stay until the next.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::compress::Packed;
use crate::narrate;

/// The most a browser may be sent at the first load, compressed.
const BUDGET: u64 = 900_000;

/// What is known of the build in the folder; kept there too.
const RECORD: &str = "build.json";

/// The app as it was built.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Built {
    fingerprint: String,
    /// Files by path, and the bytes a browser is sent for each.
    files: BTreeMap<String, u64>,
    /// Files of the build before.
    before: Vec<String>,
}

impl Built {
    fn sent(&self) -> u64 {
        self.files.values().sum()
    }

    /// Tells whether the app is within its budget.
    pub(crate) fn is_within_budget(&self) -> bool {
        self.sent() <= BUDGET
    }

    /// Returns a sentence on the app's size and its budget.
    pub(crate) fn budget_line(&self) -> String {
        let verdict = if self.is_within_budget() { "within" } else { "OVER" };
        format!(
            "the app is {} compressed, {verdict} its budget of {}",
            narrate::kilobytes(self.sent()),
            narrate::kilobytes(BUDGET)
        )
    }
}

/// The folder.
#[derive(Debug)]
pub(crate) struct Dist {
    folder: PathBuf,
}

impl Dist {
    /// Names the folder; it need not exist.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns the build in the folder if it has this fingerprint and all its files.
    pub(crate) fn built_as(&self, fingerprint: &str) -> Option<Built> {
        let built = self.record()?;
        let is_whole = built.files.keys().all(|path| self.folder.join(path).is_file());
        (built.fingerprint == fingerprint && is_whole).then_some(built)
    }

    fn record(&self) -> Option<Built> {
        serde_json::from_slice(&fs::read(self.folder.join(RECORD)).ok()?).ok()
    }

    /// Writes a build, and removes what neither it nor the build before it has.
    pub(crate) fn write(&self, fingerprint: &str, files: Vec<Packed>) -> Result<Built> {
        let before = self.record().map(|built| built.files.into_keys().collect()).unwrap_or_default();
        let sizes = files.iter().map(|packed| (packed.file.path.clone(), packed.sent())).collect();
        let built = Built { fingerprint: fingerprint.to_owned(), files: sizes, before };
        for packed in files {
            let path = self.folder.join(&packed.file.path);
            let mut compressed = path.clone().into_os_string();
            compressed.push(".br");
            // Never the new file with the old compressed form beside it.
            if fs::read(&path).is_ok_and(|old| old != packed.file.bytes) {
                remove_if_there(Path::new(&compressed))?;
            }
            put(&path, &packed.file.bytes)?;
            match packed.brotli {
                Some(bytes) => put(Path::new(&compressed), &bytes)?,
                None => remove_if_there(Path::new(&compressed))?,
            }
        }
        put(&self.folder.join(RECORD), &serde_json::to_vec_pretty(&built)?)?;
        self.remove_strangers(&self.folder, "", &built)?;
        Ok(built)
    }

    fn remove_strangers(&self, folder: &Path, prefix: &str, built: &Built) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                self.remove_strangers(&entry.path(), &format!("{path}/"), built)?;
                if fs::read_dir(entry.path())?.next().is_none() {
                    fs::remove_dir(entry.path())?;
                }
                continue;
            }
            let plain = path.strip_suffix(".br").unwrap_or(&path);
            let is_known =
                plain == RECORD || built.files.contains_key(plain) || built.before.iter().any(|old| old == plain);
            if !is_known {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Writes a file under another name beside it and renames it into place.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file of the app is in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut draft = path.to_path_buf().into_os_string();
    draft.push(format!(".{}.tmp", std::process::id()));
    fs::write(&draft, bytes)
        .and_then(|()| fs::rename(&draft, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn remove_if_there(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::File;
    use super::*;

    fn build(dist: &Dist, fingerprint: &str, paths: &[&str]) -> Built {
        let packed = |path: &&str| Packed {
            file: File { path: (*path).to_owned(), bytes: vec![0; 10] },
            brotli: Some(vec![0; 4]),
        };
        dist.write(fingerprint, paths.iter().map(packed).collect()).unwrap()
    }

    fn names(dist: &Dist) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&dist.folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".br") && name != RECORD)
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_build_is_known_again_until_a_file_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let dist = Dist::at(folder.path().join("dist"));
        assert!(dist.built_as("one").is_none());
        assert_eq!(build(&dist, "one", &["index.html", "a.js"]).sent(), 8);
        assert!(dist.built_as("one").is_some());
        assert!(dist.built_as("two").is_none());
        fs::remove_file(dist.folder.join("a.js")).unwrap();
        assert!(dist.built_as("one").is_none());
    }

    #[test]
    fn the_files_of_the_build_before_stay_and_older_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let dist = Dist::at(folder.path().to_owned());
        build(&dist, "one", &["index.html", "a-1.js"]);
        build(&dist, "two", &["index.html", "a-2.js"]);
        assert_eq!(names(&dist), ["a-1.js", "a-2.js", "index.html"]);
        build(&dist, "three", &["index.html", "a-3.js"]);
        assert_eq!(names(&dist), ["a-2.js", "a-3.js", "index.html"]);
    }

    #[test]
    fn the_budget_counts_what_is_sent() {
        let built = |sent| Built { fingerprint: String::new(), files: [("a".into(), sent)].into(), before: Vec::new() };
        assert!(built(BUDGET).is_within_budget());
        assert!(!built(BUDGET + 1).is_within_budget());
    }
}
