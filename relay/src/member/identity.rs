//! A member's seed in a file, so that it is the same node after a restart and what it earned can be spent.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use shared::Seed;

use crate::relay::random;

/// The file within the member's folder.
pub const SEED_FILE: &str = "seed";
/// The file beside it that a running member locks.
pub const LOCK_FILE: &str = "lock";

/// Why there is no seed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The folder or the file cannot be read or written.
    #[error("expected to keep this node's key in {}, found: {error}", .path.display())]
    Io {
        /// The file of the key, or the lock beside it.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Another process that runs is this node already.
    #[error("expected a node that is not running, found that of {} in another process; choose another --data-dir", .path.display())]
    Running {
        /// The folder of the node that runs.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("expected 64 hex digits in {}, found something else; move the file away to become a new node, or restore its key from 24 words then", .path.display())]
    NotASeed {
        /// The file that should hold the key.
        path: PathBuf,
    },
}

/// The folder of a node, held by this process for as long as this value lives.
#[derive(Debug)]
pub struct Held {
    _lock: std::fs::File,
}

/// Holds a folder, so that no second process is the same node: the relay would take turns cutting them off.
///
/// # Errors
/// When another process holds it, or it cannot be made.
pub fn hold(folder: &Path) -> Result<Held, IdentityError> {
    let path = folder.join(LOCK_FILE);
    let failed = |error| IdentityError::Io { path: path.clone(), error };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let lock = std::fs::File::create(&path).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(Held { _lock: lock }),
        Err(std::fs::TryLockError::WouldBlock) => Err(IdentityError::Running { path: folder.to_owned() }),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The seed that a folder holds; a new one, kept from now on, when it holds none. Only its owner may read the file.
///
/// # Errors
/// When it cannot be read, written or understood.
pub fn seed_in(folder: &Path) -> Result<Seed, IdentityError> {
    if let Some(seed) = existing_seed(folder)? {
        return Ok(seed);
    }
    let seed = Seed::from_bytes(random());
    write_seed(&folder.join(SEED_FILE), &seed)?;
    Ok(seed)
}

/// The seed that a folder holds; none when it holds none.
///
/// # Errors
/// When it cannot be read or understood.
pub fn existing_seed(folder: &Path) -> Result<Option<Seed>, IdentityError> {
    let path = folder.join(SEED_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let mut bytes = [0; 32];
            hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| IdentityError::NotASeed { path })?;
            Ok(Some(Seed::from_bytes(bytes)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(IdentityError::Io { path, error }),
    }
}

/// Writes a seed into a file that only its owner may read, in the place of what was there. The file is written whole or not
/// at all: the seed is on disk under another name before it gets its own.
///
/// # Errors
/// When the file or its folder cannot be written.
pub fn write_seed(path: &Path, seed: &Seed) -> Result<(), IdentityError> {
    let failed = |error| IdentityError::Io { path: path.to_owned(), error };
    let folder = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let fresh = path.with_extension("new");
    // One that an interrupted write left behind may have other permissions.
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh).map_err(failed)?;
    file.write_all(hex::encode(seed.to_bytes()).as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&fresh, path).map_err(failed)?;
    // The new name is on disk once its folder is.
    #[cfg(unix)]
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_the_same_seed_again_and_another_folder_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let id = |at: &Path| seed_in(at).expect("a seed").node_key().public();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        assert_eq!(id(&one), id(&one));
        assert_ne!(id(&one), id(&two));
    }

    #[test]
    fn a_folder_is_held_by_one_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let held = hold(folder.path()).expect("nobody holds it");
        assert!(matches!(hold(folder.path()), Err(IdentityError::Running { .. })));
        drop(held);
        hold(folder.path()).expect("nobody holds it any more");
    }

    #[test]
    fn a_file_that_holds_no_seed_is_not_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(SEED_FILE), "precious").expect("written");
        assert!(matches!(seed_in(folder.path()), Err(IdentityError::NotASeed { .. })));
        assert_eq!(std::fs::read_to_string(folder.path().join(SEED_FILE)).expect("read"), "precious");
    }
}
