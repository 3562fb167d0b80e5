//! Finds the key that a folder holds, and puts another in its place.
//!
//! `mine` and `bridge` keep a seed in a file of its own; a relay's own node keeps it in the relay's store.

use std::path::{Path, PathBuf};

use shared::{Params, Seed};

use super::{Folder, WalletError, id_of};
use crate::data_dir::{self, Owner};
use crate::member::{self, IdentityError, SEED_FILE};
use crate::store::{FileDisk, STORE_FILE, Store, StoreError};

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum KeyKind {
    /// That of mine or bridge, in the file seed
    Member,
    /// That of the relay's own node, in its store
    Relay,
}

/// A key, and where it was found.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) seed: Seed,
    /// What keeps it, in words.
    pub(super) place: String,
    /// The parameters of room `main`, where a store tells them.
    pub(super) params: Option<Params>,
}

/// What became of a restored key.
#[derive(Debug)]
pub(super) struct Restored {
    /// What keeps it, in words.
    pub(super) place: String,
    /// The parameters of room `main`, where a store tells them.
    pub(super) params: Option<Params>,
    /// The command that shows whether the key works.
    pub(super) next: String,
    /// The file with the key that was there before.
    pub(super) aside: Option<PathBuf>,
}

impl Keys {
    /// Reads the key of a folder.
    ///
    /// # Errors
    /// When there is none, or more than one and nothing says which, or it cannot be read.
    pub(super) fn open(folder: &Folder) -> Result<Self, WalletError> {
        let path = &folder.data_dir;
        let no_key = || match folder.key {
            None => WalletError::NoKey { folder: path.clone() },
            Some(KeyKind::Member) => {
                WalletError::NoSuchKey { named: "of relay mine or bridge", path: path.join(SEED_FILE) }
            }
            Some(KeyKind::Relay) => {
                WalletError::NoSuchKey { named: "of the relay's own node", path: path.join(STORE_FILE) }
            }
        };
        match kind_in(folder)?.ok_or_else(no_key)? {
            KeyKind::Member => {
                let seed = member::existing_seed(path)?.ok_or_else(no_key)?;
                Ok(Self { seed, place: member_place(path), params: None })
            }
            KeyKind::Relay => {
                let store = Store::open(FileDisk::existing(path)).map_err(|error| match error {
                    StoreError::Missing { .. } => no_key(),
                    other => other.into(),
                })?;
                let params = store.params(&Params::main().room)?;
                Ok(Self { seed: store.seed()?.ok_or_else(no_key)?, place: relay_place(path), params })
            }
        }
    }
}

/// Puts a key into a folder. A member's file is written whole or not at all, and while nobody runs as that member.
///
/// # Errors
/// When another key is there and is not to be replaced, or the folder is in use, or cannot be written.
pub(super) fn restore(folder: &Folder, seed: &Seed, is_replacing: bool) -> Result<Restored, WalletError> {
    let path = &folder.data_dir;
    let other = |found: &Seed| -> Result<(), WalletError> {
        if is_replacing { Ok(()) } else { Err(WalletError::OtherKey { folder: path.clone(), id: id_of(found) }) }
    };
    let aside = |found: &Seed| -> Result<PathBuf, IdentityError> {
        let aside = path.join(format!("{SEED_FILE}-{}", id_of(found)));
        member::write_seed(&aside, found).map(|()| aside)
    };
    match kind_in(folder)?.unwrap_or(KeyKind::Member) {
        KeyKind::Member => {
            if folder.key.is_none() {
                data_dir::check(path, Owner::Member)?;
            }
            let _held = member::hold(path)?;
            let found = member::existing_seed(path)?.filter(|found| found != seed);
            found.as_ref().map_or(Ok(()), other)?;
            let aside = found.as_ref().map(aside).transpose()?;
            member::write_seed(&path.join(SEED_FILE), seed)?;
            let next = format!("relay wallet balance --data-dir {}", data_dir::quoted(path));
            Ok(Restored { place: member_place(path), params: None, next, aside })
        }
        KeyKind::Relay => {
            // The store is open, and so held, until this returns.
            let store = Store::open(FileDisk::existing(path))?;
            let found = store.seed()?.filter(|found| found != seed);
            found.as_ref().map_or(Ok(()), other)?;
            let aside = found.as_ref().map(aside).transpose()?;
            store.set_seed(seed)?;
            let next = format!("relay serve --data-dir {}", data_dir::quoted(path));
            let params = store.params(&Params::main().room)?;
            Ok(Restored { place: relay_place(path), params, next, aside })
        }
    }
}

/// Which key of a folder is meant; none where it holds none.
fn kind_in(folder: &Folder) -> Result<Option<KeyKind>, WalletError> {
    if folder.key.is_some() {
        return Ok(folder.key);
    }
    // A folder that may not be looked into is no folder without a key.
    let has = |file: &str| {
        let path = folder.data_dir.join(file);
        path.try_exists().map_err(|error| WalletError::Unseen { path, error })
    };
    match (has(SEED_FILE)?, has(STORE_FILE)?) {
        (true, true) => Err(WalletError::TwoKeys { folder: folder.data_dir.clone() }),
        (true, false) => Ok(Some(KeyKind::Member)),
        (false, true) => Ok(Some(KeyKind::Relay)),
        (false, false) => Ok(None),
    }
}

fn member_place(folder: &Path) -> String {
    format!("{} (of relay mine or bridge)", folder.join(SEED_FILE).display())
}

fn relay_place(folder: &Path) -> String {
    format!("{} (of the relay's own node)", folder.join(STORE_FILE).display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(path: &Path) -> Folder {
        Folder { data_dir: path.to_owned(), key: None }
    }

    fn seed(number: u8) -> Seed {
        Seed::from_bytes([number; 32])
    }

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).expect("a file").permissions()) & 0o777
    }

    #[test]
    fn a_folder_without_a_key_has_none_until_one_is_restored() {
        let place = tempfile::tempdir().expect("a folder");
        let within = folder(&place.path().join("new"));
        assert!(matches!(Keys::open(&within), Err(WalletError::NoKey { .. })));
        assert_eq!(restore(&within, &seed(1), false).expect("no key is there").aside, None);
        assert_eq!(Keys::open(&within).expect("a key").seed, seed(1));
        #[cfg(unix)]
        assert_eq!(mode(&within.data_dir.join(SEED_FILE)), 0o600);
    }

    #[test]
    fn a_folder_that_cannot_be_looked_into_is_not_taken_for_one_without_a_key() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("file");
        std::fs::write(&file, "no folder").expect("written");
        let within = folder(&file.join("data"));
        let refused = Keys::open(&within).expect_err("no folder").to_string();
        let seed_file = within.data_dir.join(SEED_FILE);
        let expected = format!("expected to look for a key at {}, found: ", seed_file.display());
        assert!(refused.starts_with(&expected), "{refused}");
        restore(&within, &seed(1), false).expect_err("nor is one restored there");
    }

    #[test]
    fn another_key_is_replaced_only_when_asked_and_is_kept_aside() {
        let place = tempfile::tempdir().expect("a folder");
        let member = place.path().join("member");
        restore(&folder(&member), &seed(1), false).expect("no key is there");
        let relay = place.path().join("relay");
        let store = Store::open(FileDisk::in_folder(&relay)).expect("a store");
        store.seed_or([1; 32]).expect("a seed");
        drop(store);
        for place in [member, relay] {
            let within = folder(&place);
            assert!(restore(&within, &seed(1), false).expect("the same key").aside.is_none());
            let refused = restore(&within, &seed(2), false).expect_err("another key");
            assert!(matches!(refused, WalletError::OtherKey { id, .. } if id == id_of(&seed(1))));
            assert_eq!(Keys::open(&within).expect("a key").seed, seed(1));
            let aside = restore(&within, &seed(2), true).expect("asked to").aside.expect("a file");
            assert_eq!(Keys::open(&within).expect("a key").seed, seed(2));
            assert_eq!(std::fs::read_to_string(&aside).expect("read"), hex::encode([1; 32]));
            #[cfg(unix)]
            assert_eq!(mode(&aside), 0o600);
        }
    }

    #[test]
    fn a_key_is_not_replaced_under_a_member_that_runs() {
        let place = tempfile::tempdir().expect("a folder");
        let held = member::hold(place.path()).expect("nobody holds it");
        let refused = restore(&folder(place.path()), &seed(1), true).expect_err("in use");
        assert!(matches!(refused, WalletError::Identity(IdentityError::Running { .. })));
        drop(held);
        restore(&folder(place.path()), &seed(1), true).expect("nobody holds it any more");
    }

    #[test]
    fn of_two_keys_in_a_folder_one_must_be_named() {
        let place = tempfile::tempdir().expect("a folder");
        member::write_seed(&place.path().join(SEED_FILE), &seed(1)).expect("written");
        let store = Store::open(FileDisk::in_folder(place.path())).expect("a store");
        store.seed_or([2; 32]).expect("a seed");
        drop(store);
        assert!(matches!(Keys::open(&folder(place.path())), Err(WalletError::TwoKeys { .. })));
        let empty = tempfile::tempdir().expect("a folder");
        for kind in [KeyKind::Member, KeyKind::Relay] {
            let named = Folder { key: Some(kind), ..folder(empty.path()) };
            let refused = Keys::open(&named).expect_err("none is there");
            assert!(matches!(refused, WalletError::NoSuchKey { .. }), "{refused}");
        }
        for (kind, number) in [(KeyKind::Member, 1), (KeyKind::Relay, 2)] {
            let named = Folder { key: Some(kind), ..folder(place.path()) };
            assert_eq!(Keys::open(&named).expect("a key").seed, seed(number));
        }
    }
}
