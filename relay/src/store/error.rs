//! What can be wrong with a store, in words for whoever runs the relay.

use std::path::PathBuf;

/// What is lost with a store beside the chain, and how it comes back.
const KEY_GOES_TOO: &str = "The key of the relay's own node is in the file too: keep the file, and put the key into the \
    new store from its 24 words, by relay wallet restore --replace while the relay is stopped";

/// Why a store cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the file.
    #[error(
        "expected {} to be free, found it locked by a relay that runs; stop that relay, or choose another --data-dir",
        .path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The folder or the file cannot be used.
    #[error(
        "expected {} to be a place the relay may write to, found: {error}; choose another --data-dir or change its permissions",
        .path.display()
    )]
    Unusable {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is not one of ours.
    #[error("expected {} to be a relay's store, found {found}; choose another --data-dir", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        found: String,
    },
    /// The file was changed by something else than a relay.
    #[error(
        "expected {} to be as a relay wrote it, found: {found}; look after the disk, and put the file back from a copy or \
         put it aside: a relay that starts without it gets the chain again from the tabs. {KEY_GOES_TOO}",
        .path.display()
    )]
    Corrupted {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        found: String,
    },
    /// There is no store where one is to be read.
    #[error("expected a relay's store at {}, found none; check --data-dir", .path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer relay.
    #[error("expected a store of schema {known}, found schema {found} of a newer relay; run that one")]
    Newer {
        /// The version in the file.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// The room exists with other parameters.
    #[error(
        "expected room {room} to have the parameters given (network {expected}), found network {found} in the store; \
         leave out --params, or choose another --data-dir"
    )]
    OtherParams {
        /// The room.
        room: String,
        /// The network of the parameters given.
        expected: String,
        /// The network in the store.
        found: String,
    },
    /// A record is not what this program wrote.
    #[error("expected {what} in the store, found {found}; put it back from a copy or put it aside. {KEY_GOES_TOO}")]
    Damaged {
        /// The record.
        what: &'static str,
        /// What is wrong with it.
        found: String,
    },
    /// The disk or the database failed.
    #[error("the store failed: {0}")]
    Engine(Box<redb::Error>),
    /// The database is closed after a failure and could not be opened again yet.
    #[error("the store is closed after a failure: {0}")]
    Closed(String),
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Engine(Box::new(error.into()))
    }
}
