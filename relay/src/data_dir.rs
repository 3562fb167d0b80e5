//! What a data folder is: of a relay, with its store, or of a member, with its seed.
//!
//! A folder of one is refused to the other before anything is written there: it would hold two keys, of which every
//! command would have to be told which is meant.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::member::{LOCK_FILE, SEED_FILE};
use crate::store::STORE_FILE;

/// What the names begin with of things in a volume that is otherwise empty: those that the system hides or makes.
const EMPTY_VOLUME: [&str; 2] = [".", "lost+found"];
/// What the names begin with of a node's files, of those that were put aside, and of those that an end came between.
const OWN_FILES: [&str; 3] = [STORE_FILE, SEED_FILE, LOCK_FILE];

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
    /// There is a file in the folder's place.
    #[error("expected --data-dir to name a folder, found the file {}", .path.display())]
    File {
        /// The file, as it was typed.
        path: PathBuf,
    },
    /// One that is full of other things.
    #[error(
        "expected --data-dir to name a new folder, an empty one or one with a node's data; found {} with other things, such as {found}",
        .folder.display()
    )]
    OtherThings {
        /// The folder, as it was typed.
        folder: PathBuf,
        /// One of its entries.
        found: String,
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

/// Checks that a folder is a program's own, or may become that. Writes nothing.
///
/// # Errors
/// When it is a file, holds the other program's file and not the wanted one's, or holds other things and neither file.
pub fn check(folder: &Path, wanted: Owner) -> Result<(), DataDirError> {
    if folder.is_file() {
        return Err(DataDirError::File { path: folder.to_owned() });
    }
    let has = |owner: Owner| folder.join(owner.file()).exists();
    match (has(wanted), has(wanted.other())) {
        (true, _) => Ok(()),
        (false, true) => Err(DataDirError::OtherProgram { wanted, folder: folder.to_owned() }),
        (false, false) => check_empty(folder),
    }
}

/// Checks that nothing but a node's data would be in a folder. One that cannot be read is refused by whoever writes there.
fn check_empty(folder: &Path) -> Result<(), DataDirError> {
    let entries = folder.read_dir().into_iter().flatten().filter_map(Result::ok);
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let is_expected = |name: &str| EMPTY_VOLUME.iter().chain(&OWN_FILES).any(|start| name.starts_with(start));
    match names.find(|name| !is_expected(name)) {
        Some(found) => Err(DataDirError::OtherThings { folder: folder.to_owned(), found }),
        None => Ok(()),
    }
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
    fn a_folder_full_of_other_things_is_nobodys_and_an_empty_volume_is_anybodys() {
        for wanted in [Owner::Relay, Owner::Member] {
            let place = tempfile::tempdir().expect("a folder");
            for name in ["lost+found", ".gitkeep", "lock", "relay.redb.aside", "seed.new"] {
                std::fs::write(place.path().join(name), "").expect("written");
                check(place.path(), wanted).expect(name);
            }
            std::fs::write(place.path().join("passwd"), "").expect("written");
            let refused = check(place.path(), wanted).expect_err("other things").to_string();
            assert!(refused.contains("such as passwd"), "{refused}");
            let refused = check(&place.path().join("passwd"), wanted).expect_err("a file").to_string();
            assert!(refused.starts_with("expected --data-dir to name a folder, found the file "), "{refused}");
            std::fs::write(place.path().join(wanted.file()), "").expect("written");
            check(place.path(), wanted).expect("it was taken before");
        }
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
