//! A disk that fails when it is told to, or waits.

use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use redb::StorageBackend;
use relay::store::{Disk, FileDisk, StoreError};

/// What is wrong with the disk, as the test sets it.
#[derive(Debug, Default)]
pub struct Faults {
    /// There is no room for more: growing and writing fail.
    pub is_full: AtomicBool,
    /// Syncing fails.
    pub fails_to_sync: AtomicBool,
    /// How often it was synced.
    pub syncs: AtomicU64,
    held: Mutex<bool>,
    released: Condvar,
}

impl Faults {
    /// Lets syncs wait until they are released.
    pub fn hold(&self) {
        *self.held.lock().expect("no panic while it is held") = true;
    }

    pub fn release(&self) {
        *self.held.lock().expect("no panic while it is held") = false;
        self.released.notify_all();
    }

    fn check_space(&self) -> io::Result<()> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn check_sync(&self) -> io::Result<()> {
        let mut held = self.held.lock().expect("no panic while it is held");
        while *held {
            held = self.released.wait(held).expect("no panic while it is held");
        }
        if self.fails_to_sync.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk has failed"));
        }
        self.syncs.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// A file with faults.
#[derive(Debug)]
pub struct FaultyDisk {
    disk: FileDisk,
    path: PathBuf,
    faults: Arc<Faults>,
}

impl FaultyDisk {
    pub fn in_folder(folder: &Path) -> (Self, Arc<Faults>) {
        let faults = Arc::new(Faults::default());
        let disk = Self { disk: FileDisk::in_folder(folder), path: folder.to_owned(), faults: Arc::clone(&faults) };
        (disk, faults)
    }
}

impl Disk for FaultyDisk {
    fn open(&self) -> Result<Box<dyn StorageBackend>, StoreError> {
        Ok(Box::new(FaultyFile { file: self.disk.open()?, faults: Arc::clone(&self.faults) }))
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

#[derive(Debug)]
struct FaultyFile {
    file: Box<dyn StorageBackend>,
    faults: Arc<Faults>,
}

type Locked<T> = Result<T, redb::BackendError>;

impl StorageBackend for FaultyFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.faults.check_space()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.faults.check_sync()?;
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.faults.check_space()?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.file.try_lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.file.query_lock_range(start, end)
    }
}
