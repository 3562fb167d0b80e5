//! `relay import`: takes an exported chain into the store of a relay that is stopped.
//!
//! The blocks are verified by the room's own node, in the steps and by the rules of a chain that comes from elsewhere, and
//! each step is on disk before the next. The file is read block by block. No socket is opened.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use shared::classic::is_tutorials;
use shared::export::{BlockJsonError, CHAIN_FILE_BYTES_MAX, ChainFile, ChainFileError};
use shared::protocol::{ImportError, Imported};
use shared::state::Tip;
use shared::{Block, Height, Params, Receipt, Refusal, RoomName, Rules, counted};

use crate::relay::{Relay, Settings};
use crate::room::{Room, RoomError};
use crate::store::{FileDisk, STORE_FILE, Store, StoreError};
use crate::verify;

/// How often it is told how far an import is, in milliseconds.
const PROGRESS_MS: u64 = 2_000;

/// How a chain of the tutorial gets into a classic room.
const WAY_OF_CLASSIC: &str = "A classic node takes a chain from a node that serves it: POST /connect_node with that node's address, then GET /replace_chain";

/// Why a chain was not imported, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum ImportFileError {
    /// The file cannot be read.
    #[error("expected a readable file, found {}: {error}", .path.display())]
    Unreadable {
        /// The file that was to be imported.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is no exported chain.
    #[error("expected an exported chain (relay export, or Export on the Blocks page) in {}, found: {error}", .path.display())]
    File {
        /// The file that was to be imported.
        path: PathBuf,
        /// What is wrong with it.
        error: ChainFileError,
    },
    /// The file holds a chain of the tutorial, as `get_chain` answers it.
    #[error(
        "expected an exported chain with sealed blocks in {}, found a chain of the tutorial, as get_chain answers it. {WAY_OF_CLASSIC}", .path.display()
    )]
    Tutorial {
        /// The file that was to be imported.
        path: PathBuf,
    },
    /// The file is of a classic room.
    #[error(
        "expected the chain of a room with sealed blocks, found that of the classic room {found}. {WAY_OF_CLASSIC}"
    )]
    Classic {
        /// The room that the file names.
        found: RoomName,
    },
    /// It is the chain of another room than was named.
    #[error("expected the chain of room {expected}, found that of room {found}")]
    OtherRoom {
        /// The room that was named.
        expected: RoomName,
        /// The room that the file names.
        found: RoomName,
    },
    /// A room that a relay does not have.
    #[error("expected the chain of a room that a relay has, main, found that of room {found}")]
    NoRoom {
        /// The room that the file names.
        found: RoomName,
    },
    /// The chain is refused before a block is looked at.
    #[error("{0}")]
    Refused(Receipt),
    /// A block breaks a rule.
    #[error("block #{height} is refused, and the import ends there (the blocks below it are kept): {receipt}")]
    Block {
        /// The height of the block.
        height: Height,
        /// The rule that it breaks.
        receipt: Receipt,
    },
    /// A block of the file is none, or contradicts itself.
    #[error("the import ends at block #{at}, which {} (the blocks below it are kept): {}", flaw(.error), receipt_of(.error))]
    Broken {
        /// Its place in the file, which is its height: the genesis is block #0.
        at: u64,
        /// What is wrong with it.
        error: ChainFileError,
    },
    /// The file has no blocks.
    #[error("expected a chain with its genesis, found no blocks")]
    Empty,
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The room cannot be opened.
    #[error(transparent)]
    Room(#[from] RoomError),
    /// The store failed while the blocks were written.
    #[error("expected the store to take the blocks, and it failed; what was committed is kept")]
    Failing,
}

/// What is wrong with a block: the bytes of one that can be read follow from each other.
fn flaw(error: &ChainFileError) -> &'static str {
    match error {
        ChainFileError::Block { error: BlockJsonError::Contradiction { .. }, .. } => "does not follow the rules",
        _ => "cannot be read",
    }
}

/// Why a block is none, without its place, which is said already.
fn receipt_of(error: &ChainFileError) -> String {
    match error {
        ChainFileError::Block { error, .. } => error.receipt().to_string(),
        other => other.to_string(),
    }
}

/// What an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The room whose chain was imported.
    pub room: RoomName,
    /// Whether the store was made for it.
    pub is_new_store: bool,
    /// How many blocks the file holds.
    pub seen: u64,
    /// How many of them were new.
    pub taken: u64,
    /// The end of the file's chain.
    pub end: Tip,
    /// The end of the room's chain now.
    pub tip: Tip,
    /// Whether the file's chain is a part of the room's.
    pub is_active: bool,
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { room, seen, taken, end, tip, .. } = self;
        write!(f, "room {room}: {} verified, {taken} of them new; ", counted(*seen, "block"))?;
        match self.is_active {
            true if tip.hash == end.hash => write!(f, "the chain now ends with them, at height {}", tip.height),
            true => write!(f, "they are part of the chain, which ends at height {}", tip.height),
            false => write!(
                f,
                "they are kept as a branch up to height {}: the chain up to height {} has as much work or more",
                end.height, tip.height
            ),
        }
    }
}

/// Imports a file into the store of a folder, which is made where it is missing. `progress` is told now and then how many
/// blocks were verified, and how much of the file that is in per cent.
///
/// # Errors
/// When the file is no chain of the room, a block breaks a rule, or the store fails. Blocks before the first that is refused
/// are kept.
pub async fn import(
    path: &Path,
    folder: &Path,
    room: Option<&RoomName>,
    progress: impl FnMut(u64, u8),
) -> Result<Summary, ImportFileError> {
    let file = read(path)?;
    let name = file.params().room.clone();
    if let Some(expected) = room.filter(|expected| **expected != name) {
        return Err(ImportFileError::OtherRoom { expected: expected.clone(), found: name });
    }
    if name.rules() == Rules::Classic {
        return Err(ImportFileError::Classic { found: name });
    }
    if name != Params::main().room {
        return Err(ImportFileError::NoRoom { found: name });
    }
    let is_new_store = !folder.join(STORE_FILE).exists();
    let (folder, usual) = (folder.to_owned(), file.params().clone());
    let opening = tokio::task::spawn_blocking(move || {
        let store = Store::open(FileDisk::in_folder(&folder))?;
        // A new store gets the network of the file, any other keeps its own.
        let params = store.params(&usual.room)?.unwrap_or(usual);
        Ok::<_, ImportFileError>(Relay::open(store, Settings { params: Some(params), ..Settings::default() })?)
    });
    let (relay, rooms) = opening.await.expect("opening a store does not panic")?;
    let room = relay.room(name.as_str()).expect("every relay has room main");
    let imported = match take(&room, file, progress).await {
        Ok(counts) => summary(&room, counts, is_new_store).await,
        Err(error) => Err(error),
    };
    // What was taken is committed, whatever ended the import.
    relay.stop.cancel();
    for room in rooms.0 {
        // A room that failed has said so already.
        let _ = room.await;
    }
    imported
}

fn read(path: &Path) -> Result<ChainFile, ImportFileError> {
    let unreadable = |error| ImportFileError::Unreadable { path: path.to_owned(), error };
    let refused = |error| ImportFileError::File { path: path.to_owned(), error };
    let file = File::open(path).map_err(unreadable)?;
    let found = usize::try_from(file.metadata().map_err(unreadable)?.len()).unwrap_or(usize::MAX);
    if found > CHAIN_FILE_BYTES_MAX {
        return Err(refused(ChainFileError::TooLarge { found }));
    }
    // A pipe or a device says nothing of its length.
    let mut bytes = Vec::with_capacity(found);
    file.take(CHAIN_FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > CHAIN_FILE_BYTES_MAX {
        return Err(refused(ChainFileError::TooLarge { found: bytes.len() }));
    }
    if is_tutorials(&bytes) {
        return Err(ImportFileError::Tutorial { path: path.to_owned() });
    }
    ChainFile::open(bytes).map_err(refused)
}

/// How much was taken so far.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    seen: u64,
    taken: u64,
    end: Option<Tip>,
}

/// The blocks of a file, until one cannot be read.
struct Blocks<'a> {
    file: &'a mut ChainFile,
    failure: Option<ChainFileError>,
}

impl Iterator for Blocks<'_> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        match self.file.next_block() {
            Ok(block) => block,
            Err(error) => {
                self.failure = Some(error);
                None
            }
        }
    }
}

/// Takes the blocks of a file into a room, step by step.
async fn take(room: &Room, mut file: ChainFile, mut progress: impl FnMut(u64, u8)) -> Result<Counts, ImportFileError> {
    let params = file.params().clone();
    let checked = room.look(move |node| node.check_import(&params)).await.ok_or(ImportFileError::Failing)?;
    checked.map_err(|error| ImportFileError::Refused(error.receipt()))?;
    let mut counts = Counts::default();
    let mut told = Instant::now();
    loop {
        let step = room.act(move |node, now| {
            let mut blocks = Blocks { file: &mut file, failure: None };
            let imported = node.import_with(&mut blocks, now, verify::at_once);
            let failure = blocks.failure;
            (file, imported, failure)
        });
        let (rest, imported, failure) = step.await.ok_or(ImportFileError::Failing)?;
        file = rest;
        let Imported { seen, taken, tip } = imported.map_err(refused)?;
        counts.seen += seen as u64;
        counts.taken += taken as u64;
        counts.end = tip.or(counts.end);
        if let Some(error) = failure {
            return Err(ImportFileError::Broken { at: counts.seen, error });
        }
        if seen == 0 {
            return Ok(counts);
        }
        if told.elapsed() >= Duration::from_millis(PROGRESS_MS) {
            told = Instant::now();
            progress(counts.seen, file.percent());
        }
    }
}

fn refused(error: ImportError) -> ImportFileError {
    match error {
        ImportError::Block { height, error } => ImportFileError::Block { height, receipt: error.receipt() },
        other => ImportFileError::Refused(other.receipt()),
    }
}

async fn summary(room: &Room, counts: Counts, is_new_store: bool) -> Result<Summary, ImportFileError> {
    let end = counts.end.ok_or(ImportFileError::Empty)?;
    let looked = room.look(move |node| (node.chain().tip(), node.chain().is_active(&end.hash))).await;
    let (tip, is_active) = looked.ok_or(ImportFileError::Failing)?;
    let (name, Counts { seen, taken, .. }) = (room.params().room.clone(), counts);
    Ok(Summary { room: name, is_new_store, seen, taken, end, tip, is_active })
}
