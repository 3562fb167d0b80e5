//! Where the store's one file lies. The seam for tests that let a disk fail.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use redb::StorageBackend;
use redb::backends::FileBackend;

use super::StoreError;

/// The store's file inside the data folder.
pub const STORE_FILE: &str = "relay.redb";

/// Something that holds the store's bytes and can be opened again after it failed.
pub trait Disk: Send + Sync + 'static {
    /// Opens the bytes.
    ///
    /// # Errors
    /// When the place cannot be used.
    fn open(&self) -> Result<Box<dyn StorageBackend>, StoreError>;

    /// Opens the bytes after a failure, so that what is read is what the disk holds.
    ///
    /// # Errors
    /// When the place cannot be used.
    fn open_after_failure(&self) -> Result<Box<dyn StorageBackend>, StoreError> {
        self.open()
    }

    /// What the place is called in messages.
    fn path(&self) -> &Path;
}

/// A file in a folder that only the relay's user can read, because it holds the relay's key.
#[derive(Debug)]
pub struct FileDisk {
    path: PathBuf,
    is_created: bool,
}

impl FileDisk {
    /// The store of this data folder, created if it is missing.
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join(STORE_FILE), is_created: true }
    }

    /// The store of this data folder, which must exist.
    pub fn existing(folder: &Path) -> Self {
        Self { path: folder.join(STORE_FILE), is_created: false }
    }

    fn unusable(&self, error: io::Error) -> StoreError {
        match error.kind() {
            io::ErrorKind::NotFound if !self.is_created => StoreError::Missing { path: self.path.clone() },
            _ => StoreError::Unusable { path: self.path.clone(), error },
        }
    }
}

impl FileDisk {
    fn open_file(&self) -> Result<File, StoreError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(self.is_created);
        let mut folders = DirBuilder::new();
        folders.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
            options.mode(0o600);
            folders.mode(0o700);
        }
        if let Some(folder) = self.path.parent()
            && self.is_created
        {
            folders.create(folder).map_err(|error| self.unusable(error))?;
        }
        options.open(&self.path).map_err(|error| self.unusable(error))
    }
}

impl Disk for FileDisk {
    fn open(&self) -> Result<Box<dyn StorageBackend>, StoreError> {
        Ok(Box::new(FileBackend::new(self.open_file()?)?))
    }

    fn open_after_failure(&self) -> Result<Box<dyn StorageBackend>, StoreError> {
        let file = self.open_file()?;
        // A kernel may keep pages whose sync failed in its cache, marked as if they had been written. Without the cache
        // the database reads the disk, and its checksums tell what is there.
        #[cfg(target_os = "linux")]
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)
            .map_err(|error| self.unusable(error.into()))?;
        Ok(Box::new(FileBackend::new(file)?))
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

/// Lends a boxed backend to the database.
#[derive(Debug)]
pub(super) struct Lent(pub(super) Box<dyn StorageBackend>);

type Locked<T> = Result<T, redb::BackendError>;
type Bound = std::ops::Bound<u64>;

impl StorageBackend for Lent {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }

    fn try_lock_range(&self, start: Bound, end: Bound) -> Locked<bool> {
        self.0.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound, end: Bound) -> Locked<bool> {
        self.0.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound, end: Bound) -> Locked<()> {
        self.0.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound, end: Bound) -> Locked<()> {
        self.0.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound, end: Bound) -> Locked<()> {
        self.0.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound, end: Bound) -> Locked<bool> {
        self.0.query_lock_range(start, end)
    }
}
