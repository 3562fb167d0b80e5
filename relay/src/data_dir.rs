//! What a data folder is: of a relay, with its store, or of a member, with its seed.
//!
//! A folder of one is refused to the other before anything is written there: it would hold two keys, of which every
//! command would have to be told which is meant.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::member::SEED_FILE;
use crate::store::STORE_FILE;

/// Which program a data folder belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// `serve`, `export` and `import`.
    Relay,
    /// `mine` and `bridge`.
    Member,
}

impl Owner {
    /// The file that such a folder holds.
    fn file(self) -> &'static str {
        match self {
            Self::Relay => STORE_FILE,
            Self::Member => SEED_FILE,
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Relay => Self::Member,
            Self::Member => Self::Relay,
        }
    }

    /// The folders that such programs have by default.
    fn usual(self) -> &'static str {
        match self {
            Self::Relay => "tabcoin-data",
            Self::Member => "tabcoin-miner or tabcoin-bridge",
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relay => "relay serve",
            Self::Member => "relay mine or bridge",
        })
    }
}

/// A folder that cannot be a program's data folder.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// One that is another program's.
    #[error(
        "expected --data-dir to name a folder of {wanted}, such as {}, or a new one; found {} of {} in {}",
        .wanted.usual(), .wanted.other().file(), .wanted.other(), .folder.display()
    )]
    OtherProgram {
        /// Whose it should be.
        wanted: Owner,
        /// The folder, as it was typed.
        folder: PathBuf,
    },
    /// One within the folder whose files everybody gets.
    #[error(
        "expected --data-dir to lie outside of the app's folder, whose files everybody gets; found {} in {}",
        .folder.display(), .app.display()
    )]
    Served {
        /// The folder, in full.
        folder: PathBuf,
        /// The app's, in full.
        app: PathBuf,
    },
}

/// Checks that a folder is not another program's alone. Writes nothing.
///
/// # Errors
/// When it holds the other's file and not the wanted one's.
pub fn check(folder: &Path, wanted: Owner) -> Result<(), DataDirError> {
    let has = |owner: Owner| folder.join(owner.file()).exists();
    if has(wanted.other()) && !has(wanted) {
        return Err(DataDirError::OtherProgram { wanted, folder: folder.to_owned() });
    }
    Ok(())
}

/// Checks that a data folder is not served with the app's files: the key is in it.
///
/// # Errors
/// When it is the app's folder or lies within that.
pub fn check_apart(folder: &Path, app: &Path) -> Result<(), DataDirError> {
    let (folder, app) = (in_full(folder), in_full(app));
    if folder.starts_with(&app) {
        return Err(DataDirError::Served { folder, app });
    }
    Ok(())
}

/// A path from the root on, links followed as far as there is something.
fn in_full(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let is_there = |there: &Path| Some((there.canonicalize().ok()?, path.strip_prefix(there).ok()?.to_owned()));
    match path.ancestors().find_map(is_there) {
        Some((there, rest)) if rest.as_os_str().is_empty() => there,
        Some((there, rest)) => there.join(rest),
        None => path,
    }
}

/// A folder as a command line has it: quoted where a shell would take it for more than one word.
pub fn quoted(folder: &Path) -> String {
    let path = folder.display().to_string();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte);
    if path.bytes().all(is_plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_word_of_a_command_line() {
        for (folder, word) in [("./tabcoin-data", "./tabcoin-data"), ("my coins", "'my coins'"), ("a'b", r"'a'\''b'")] {
            assert_eq!(quoted(Path::new(folder)), word);
        }
    }

    #[test]
    fn a_data_folder_is_never_the_apps_or_within_it() {
        let place = tempfile::tempdir().expect("a folder");
        let app = place.path().join("app");
        std::fs::create_dir(&app).expect("made");
        for served in ["app", "app/data", "app/not/yet/there", "app/../app/data"] {
            let refused = check_apart(&place.path().join(served), &app).expect_err(served).to_string();
            assert!(refused.contains("outside of the app's folder"), "{refused}");
        }
        for apart in ["data", "application", "app-data", "."] {
            check_apart(&place.path().join(apart), &app).expect(apart);
        }
        check_apart(Path::new("/not/there/data"), Path::new("/not/there/app")).expect("neither is there yet");
    }

    #[cfg(unix)]
    #[test]
    fn a_data_folder_by_another_name_is_the_apps_all_the_same() {
        let place = tempfile::tempdir().expect("a folder");
        let (app, link) = (place.path().join("app"), place.path().join("link"));
        std::fs::create_dir(&app).expect("made");
        std::os::unix::fs::symlink(&app, &link).expect("linked");
        check_apart(&link.join("data"), &app).expect_err("through the link");
        check_apart(&app.join("data"), &link).expect_err("through the link");
    }

    #[test]
    fn a_folder_is_refused_to_the_other_program_unless_it_holds_both() {
        for wanted in [Owner::Relay, Owner::Member] {
            let place = tempfile::tempdir().expect("a folder");
            check(&place.path().join("nowhere"), wanted).expect("a new one");
            check(place.path(), wanted).expect("an empty one");
            std::fs::write(place.path().join(wanted.other().file()), "").expect("written");
            let refused = check(place.path(), wanted).expect_err("the other's").to_string();
            assert!(refused.contains(wanted.usual()) && refused.contains(wanted.other().file()), "{refused}");
            std::fs::write(place.path().join(wanted.file()), "").expect("written");
            check(place.path(), wanted).expect("both were put there before");
        }
    }
}
