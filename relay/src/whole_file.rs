//! `write` puts a file in its place once it is whole, so that whatever was there is kept if anything fails.

use std::ffi::OsString;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::Context as _;

/// What the name of a file ends in until it is whole.
const UNFINISHED: &str = ".part";

/// Writes a file beside `path` and renames it. What is no ordinary file, such as a pipe, is written as it stands.
///
/// # Errors
/// When the file cannot be written, or `write` fails; then `path` is as it was.
pub(crate) fn write<T>(path: &Path, write: impl FnOnce(BufWriter<File>) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let unwritable = || format!("expected to write {}", path.display());
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        return write(BufWriter::new(File::create(path).with_context(unwritable)?));
    }
    let mut name = OsString::from(path.file_name().with_context(unwritable)?);
    name.push(UNFINISHED);
    let unfinished = path.with_file_name(name);
    let written = File::create(&unfinished).with_context(unwritable).and_then(|file| write(BufWriter::new(file)));
    let placed = written.and_then(|written| {
        std::fs::rename(&unfinished, path).with_context(unwritable)?;
        Ok(written)
    });
    if placed.is_err() {
        // It may not have been made.
        let _ = std::fs::remove_file(&unfinished);
    }
    placed
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_was_there_is_kept_until_the_new_file_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("chain.json");
        std::fs::write(&path, "old").expect("written");
        let failed: anyhow::Result<()> = write(&path, |mut file| {
            file.write_all(b"half")?;
            anyhow::bail!("expected more")
        });
        assert_eq!(failed.expect_err("it failed").to_string(), "expected more");
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "old");
        write(&path, |mut file| Ok(file.write_all(b"new")?)).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "new");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing unfinished is left");
    }
}
