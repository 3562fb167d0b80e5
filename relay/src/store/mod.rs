//! The relay's durable store: one redb file with the blocks, the mempool and the members of every room.
//!
//! It knows bytes and keys, not rules: what it is given was verified by the room's node. Each [`Store::commit`] is one
//! transaction that is on disk when it returns. It is *not* a cache: rooms read it at start, for bodies of blocks, and
//! for exports.
//!
//! Transactions are committed in two phases with the allocator's state ("quick repair" in redb): two syncs instead of
//! one, which a chain with a block every few seconds does not notice, and in return a commit is never half of one, and
//! bytes sent by strangers cannot be mistaken for a commit.
//!
//! The database keeps a checksum of every page and looks at it only when told to, so it is told to at every opening: a
//! store that a disk has changed is refused in words. What is read later is read from pages that may have changed
//! meanwhile; a block is checked against its hash.

mod ahead;
mod aside;
mod bodies;
mod change;
mod disk;
mod error;
mod opening;
mod schema;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable};
use shared::{Block, BlockHash, NodeId, Params, RoomName, Seed, decode};

use aside::ReadAside;
pub use bodies::{StoreBodies, Uncommitted};
pub use change::Change;
use change::write;
pub use disk::{Disk, FileDisk, STORE_FILE};
pub use error::StoreError;
use opening::{open_database, prepare};
use schema::{BLOCK_PLACES, BLOCKS, CLASSIC_CHAINS, MEMBERS, META, OWN, PAYMENTS, ROOMS, meta};

/// Memory that the database may use for pages it has read or not yet written.
const CACHE_BYTES: usize = 32 << 20;
/// How many bytes of blocks [`Store::blocks_after`] gives at once, and the last block beyond.
const PAGE_BYTES: usize = 256 << 10;
/// How long a store that could not be opened again is left alone by those who read, in milliseconds: opening costs.
const CLOSED_MS: u64 = 1_000;
/// How long a database that failed is waited for to be let go of, in milliseconds.
const CLOSE_MS_MAX: u64 = 2_000;

/// Where a block stands in its room: its height and its number. Parents come before their children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(u64, u64);

/// A stored block and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlock {
    /// Its place.
    pub place: Place,
    /// The encoded block.
    pub bytes: Vec<u8>,
}

/// The open store. Cheap to share behind an [`Arc`]; every call blocks on the disk.
pub struct Store {
    disk: Box<dyn Disk>,
    open: RwLock<Open>,
}

/// The database latches the first I/O error and refuses everything after it, reading too; then it is closed and opened
/// again, as well as that goes.
enum Open {
    Whole(Arc<Database>),
    ReadOnly { database: Arc<Database>, failure: String },
    Closed { failure: String, since: Instant },
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.disk.path()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store, and prepares it if it is new.
    ///
    /// # Errors
    /// When the place cannot be used, is locked, or holds something that is not a store of this version.
    pub fn open(disk: impl Disk) -> Result<Self, StoreError> {
        let database = open_database(&disk, disk.open()?)?;
        prepare(&database, &disk)?;
        Ok(Self { disk: Box::new(disk), open: RwLock::new(Open::Whole(Arc::new(database))) })
    }

    /// The relay's own seed: the stored one, or this one from now on.
    ///
    /// # Errors
    /// When the store fails.
    pub fn seed_or(&self, fresh: [u8; 32]) -> Result<Seed, StoreError> {
        let mut writing = self.writable()?.begin_write()?;
        writing.set_quick_repair(true);
        let seed = {
            let mut table = writing.open_table(META)?;
            let stored = table.get(meta::SEED)?.map(|value| value.value().to_vec());
            match stored {
                Some(bytes) => seed_of(&bytes)?,
                None => {
                    table.insert(meta::SEED, fresh.as_slice())?;
                    Seed::from_bytes(fresh)
                }
            }
        };
        writing.commit()?;
        Ok(seed)
    }

    /// The relay's own seed, if it has one.
    ///
    /// # Errors
    /// When the store fails or the record is damaged.
    pub fn seed(&self) -> Result<Option<Seed>, StoreError> {
        self.read(|reading| {
            let stored = reading.open_table(META)?.get(meta::SEED)?.map(|value| value.value().to_vec());
            stored.map(|bytes| seed_of(&bytes)).transpose()
        })
    }

    /// Makes this the relay's own seed; on disk when this returns.
    ///
    /// # Errors
    /// When the store fails.
    pub fn set_seed(&self, seed: &Seed) -> Result<(), StoreError> {
        let mut writing = self.writable()?.begin_write()?;
        writing.set_quick_repair(true);
        writing.open_table(META)?.insert(meta::SEED, seed.to_bytes().as_slice())?;
        writing.commit()?;
        Ok(())
    }

    /// The parameters of a room, if it exists.
    ///
    /// # Errors
    /// When the store fails or the record is damaged.
    pub fn params(&self, room: &RoomName) -> Result<Option<Params>, StoreError> {
        self.read(|reading| {
            let table = reading.open_table(ROOMS)?;
            let Some(json) = table.get(room.as_str())? else {
                return Ok(None);
            };
            let params = serde_json::from_str(json.value())
                .map_err(|error| StoreError::Damaged { what: "a room's parameters", found: error.to_string() })?;
            Ok(Some(params))
        })
    }

    /// Makes sure that the room of these parameters exists and has exactly them.
    ///
    /// # Errors
    /// When it exists with others, or the store fails.
    pub fn create_room(&self, params: &Params) -> Result<(), StoreError> {
        if let Some(stored) = self.params(&params.room)? {
            if stored == *params {
                return Ok(());
            }
            return Err(StoreError::OtherParams {
                room: params.room.to_string(),
                expected: params.network().to_string(),
                found: stored.network().to_string(),
            });
        }
        let json = serde_json::to_string(params).expect("parameters are plain values");
        let mut writing = self.writable()?.begin_write()?;
        writing.set_quick_repair(true);
        writing.open_table(ROOMS)?.insert(params.room.as_str(), json.as_str())?;
        writing.commit()?;
        Ok(())
    }

    /// Writes all of these changes, or none of them; they are on disk when this returns.
    ///
    /// # Errors
    /// When the disk or the database fails. Nothing of the batch counts as stored then; [`Self::recover`] finds out
    /// when writing works again.
    pub fn commit(&self, room: &RoomName, changes: &[Change]) -> Result<(), StoreError> {
        let database = self.writable()?;
        let mut writing = database.begin_write()?;
        writing.set_quick_repair(true);
        write(&writing, room.as_str(), changes)?;
        writing.commit()?;
        Ok(())
    }

    /// Blocks after this place (from the first on when `None`), parents before children, a quarter of a megabyte at a time.
    /// Empty at the end.
    ///
    /// # Errors
    /// When the store fails.
    pub fn blocks_after(&self, room: &RoomName, place: Option<Place>) -> Result<Vec<StoredBlock>, StoreError> {
        self.page_after(room, place, |place, bytes| Ok(StoredBlock { place, bytes: bytes.to_vec() }))
    }

    /// The same blocks as something else.
    fn page_after<T>(
        &self,
        room: &RoomName,
        place: Option<Place>,
        read: impl Fn(Place, &[u8]) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.read(|reading| {
            let table = reading.open_table(BLOCKS)?;
            let room = room.as_str();
            let first = place.map_or((room, 0, 0), |Place(height, number)| (room, height, number + 1));
            let mut page = Vec::new();
            let mut bytes = 0;
            for entry in table.range(first..=(room, u64::MAX, u64::MAX))? {
                let (key, value) = entry?;
                let (_, height, number) = key.value();
                bytes += value.value().len();
                page.push(read(Place(height, number), value.value())?);
                if bytes >= PAGE_BYTES {
                    break;
                }
            }
            Ok(page)
        })
    }

    /// One block by its hash, which its bytes are checked against: a page may have changed on the disk since the store
    /// was opened.
    ///
    /// # Errors
    /// When the store fails, or what is stored is not that block.
    pub fn block(&self, room: &RoomName, hash: &BlockHash) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.read(|reading| {
            let Some(place) = reading.open_table(BLOCK_PLACES)?.get((room.as_str(), hash.as_bytes()))? else {
                return Ok(None);
            };
            let (height, number) = place.value();
            let block = reading.open_table(BLOCKS)?.get((room.as_str(), height, number))?;
            // A place without a block is a table that has lost one.
            Ok(Some(block.map(|value| value.value().to_vec()).unwrap_or_default()))
        })?;
        found.map(|bytes| check_block(hash, &bytes).map(|()| bytes)).transpose()
    }

    /// The payments of the mempool, encoded, by id.
    ///
    /// # Errors
    /// When the store fails.
    pub fn payments(&self, room: &RoomName) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read(|reading| {
            let table = reading.open_table(PAYMENTS)?;
            let all = (room.as_str(), &[0; 32])..=(room.as_str(), &[0xff; 32]);
            let payments = table.range(all)?.map(|entry| Ok(entry?.1.value().to_vec()));
            payments.collect()
        })
    }

    /// The members, encoded, by id.
    ///
    /// # Errors
    /// When the store fails.
    pub fn members(&self, room: &RoomName) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read(|reading| {
            let table = reading.open_table(MEMBERS)?;
            let all = (room.as_str(), &[0; 16])..=(room.as_str(), &[0xff; 16]);
            let members = table.range(all)?.map(|entry| Ok(entry?.1.value().to_vec()));
            members.collect()
        })
    }

    /// The classic chain that a member last told of: the JSON array of its blocks.
    ///
    /// # Errors
    /// When the store fails.
    pub fn classic_chain(&self, room: &RoomName, id: &NodeId) -> Result<Option<String>, StoreError> {
        self.read(|reading| {
            let chain = reading.open_table(CLASSIC_CHAINS)?.get((room.as_str(), id.as_bytes()))?;
            Ok(chain.map(|value| value.value().to_owned()))
        })
    }

    /// The members whose classic chains are kept.
    ///
    /// # Errors
    /// When the store fails.
    pub fn classic_keepers(&self, room: &RoomName) -> Result<Vec<NodeId>, StoreError> {
        self.read(|reading| {
            let table = reading.open_table(CLASSIC_CHAINS)?;
            let all = (room.as_str(), &[0; 16])..=(room.as_str(), &[0xff; 16]);
            let keepers = table.range(all)?.map(|entry| Ok(NodeId::from_bytes(*entry?.0.value().1)));
            keepers.collect()
        })
    }

    /// What the relay's own node in a room keeps under a name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn own(&self, room: &RoomName, name: &str) -> Result<Option<String>, StoreError> {
        self.read(|reading| {
            let text = reading.open_table(OWN)?.get((room.as_str(), name))?;
            Ok(text.map(|value| value.value().to_owned()))
        })
    }

    /// Keeps a text of the relay's own node in a room under a name; on disk when this returns.
    ///
    /// # Errors
    /// When the disk or the database fails.
    pub fn set_own(&self, room: &RoomName, name: &str, text: &str) -> Result<(), StoreError> {
        let mut writing = self.writable()?.begin_write()?;
        writing.set_quick_repair(true);
        writing.open_table(OWN)?.insert((room.as_str(), name), text)?;
        writing.commit()?;
        Ok(())
    }

    /// Closes the database after a failure and opens it again as it was after the last commit. When the disk does not
    /// even take the repair that this needs, it is opened for reading alone.
    ///
    /// # Errors
    /// When it cannot be read; reading fails, then, until a later call succeeds.
    pub fn reopen(&self) -> Result<(), StoreError> {
        let mut open = self.lock_for_writing();
        // The old one must be closed first: it holds the lock on the file.
        let old = std::mem::replace(&mut *open, Open::closed("it is being opened again".to_owned()));
        old.close();
        let disk = self.disk.as_ref();
        let reopened = disk.open_after_failure().and_then(|file| open_database(disk, file));
        let failure = match reopened {
            Ok(database) => {
                *open = Open::Whole(Arc::new(database));
                return Ok(());
            }
            Err(failure) => failure.to_string(),
        };
        let read_aside = || open_database(disk, Box::new(ReadAside::new(disk.open_after_failure()?)?));
        match read_aside() {
            Ok(database) => {
                *open = Open::ReadOnly { database: Arc::new(database), failure };
                Ok(())
            }
            Err(error) => {
                *open = Open::closed(failure);
                Err(error)
            }
        }
    }

    /// Finds out by writing whether the disk takes writes again. Whatever comes out, the store can be read as far as the
    /// disk can.
    ///
    /// # Errors
    /// When it does not.
    pub fn recover(&self) -> Result<(), StoreError> {
        if self.writable().is_err() {
            self.reopen()?;
        }
        self.probe().inspect_err(|_| {
            // The failed probe has closed the database; its error is the one to tell.
            let _ = self.reopen();
        })
    }

    fn probe(&self) -> Result<(), StoreError> {
        let mut writing = self.writable()?.begin_write()?;
        writing.set_quick_repair(true);
        // Larger than a page, so that a full disk is noticed.
        writing.open_table(META)?.insert(meta::PROBE, [0; 16 << 10].as_slice())?;
        writing.commit()?;
        Ok(())
    }

    fn writable(&self) -> Result<Arc<Database>, StoreError> {
        match &*self.lock() {
            Open::Whole(database) => Ok(Arc::clone(database)),
            Open::ReadOnly { failure, .. } | Open::Closed { failure, .. } => Err(StoreError::Closed(failure.clone())),
        }
    }

    /// Reads within one transaction. The database refuses everything after a first failure, also of a read: then it is
    /// opened again, and read once more.
    fn read<T>(&self, read: impl Fn(&ReadTransaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let attempt = || read(&self.begin_read()?);
        match attempt() {
            Err(StoreError::Engine(_)) => self.reopen()?,
            Err(StoreError::Closed(_)) if self.is_due() => self.reopen()?,
            other => return other,
        }
        attempt()
    }

    /// Whether a store that could not be opened again is worth another try.
    fn is_due(&self) -> bool {
        let wait = Duration::from_millis(CLOSED_MS);
        matches!(&*self.lock(), Open::Closed { since, .. } if since.elapsed() >= wait)
    }

    fn begin_read(&self) -> Result<ReadTransaction, StoreError> {
        match &*self.lock() {
            Open::Whole(database) | Open::ReadOnly { database, .. } => Ok(database.begin_read()?),
            Open::Closed { failure, .. } => Err(StoreError::Closed(failure.clone())),
        }
    }

    fn lock(&self) -> RwLockReadGuard<'_, Open> {
        self.open.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_for_writing(&self) -> RwLockWriteGuard<'_, Open> {
        self.open.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The seed that these bytes are.
fn seed_of(bytes: &[u8]) -> Result<Seed, StoreError> {
    let damaged = |_| StoreError::Damaged { what: "a seed of 32 bytes", found: format!("{} bytes", bytes.len()) };
    bytes.try_into().map(Seed::from_bytes).map_err(damaged)
}

/// Whether these bytes are the block of this hash: the hash commits to the header, and the header to the rest.
fn check_block(hash: &BlockHash, bytes: &[u8]) -> Result<(), StoreError> {
    let damaged = |found: String| StoreError::Damaged { what: "a block that hashes to its name", found };
    let block: Block = decode(bytes).map_err(|error| damaged(format!("{error} for {hash}")))?;
    if block.hash() != *hash || block.root() != block.header.root {
        return Err(damaged(format!("other bytes for {hash}")));
    }
    Ok(())
}

impl Open {
    fn closed(failure: String) -> Self {
        Self::Closed { failure, since: Instant::now() }
    }

    /// Closes the database as soon as writers that still hold it let go of it: they fail at their next step.
    fn close(self) {
        if let Self::Whole(mut database) | Self::ReadOnly { mut database, .. } = self {
            let deadline = Instant::now() + Duration::from_millis(CLOSE_MS_MAX);
            while Arc::get_mut(&mut database).is_none() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

#[cfg(test)]
mod tests;
