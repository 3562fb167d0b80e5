//! A file that is only read, under a database that must write to open it.
//!
//! After a failure the database has to be repaired before it can be read, and the repair writes; but the disk may be full
//! or take no syncs. So what is written goes to memory and hides what is on the disk, which stays as it is. What is read
//! is then the last commit.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};

/// Bytes that are kept together.
const PAGE_BYTES: u64 = 4096;

/// The file, and what was written over it.
#[derive(Debug)]
pub(super) struct ReadAside {
    file: Box<dyn StorageBackend>,
    aside: Mutex<Aside>,
}

#[derive(Debug)]
struct Aside {
    len: u64,
    /// What of the file still counts: it may have been made shorter.
    file_len: u64,
    pages: BTreeMap<u64, Vec<u8>>,
}

impl ReadAside {
    pub(super) fn new(file: Box<dyn StorageBackend>) -> io::Result<Self> {
        let len = file.len()?;
        let aside = Aside { len, file_len: len, pages: BTreeMap::new() };
        Ok(Self { file, aside: Mutex::new(aside) })
    }

    fn lock(&self) -> MutexGuard<'_, Aside> {
        self.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a page as it is on the disk; zeros past the end.
    fn read_page(&self, page: u64, file_len: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; PAGE_BYTES as usize];
        let start = page * PAGE_BYTES;
        let there = file_len.saturating_sub(start).min(PAGE_BYTES) as usize;
        if there > 0 {
            self.file.read(start, &mut bytes[..there])?;
        }
        Ok(bytes)
    }
}

/// The parts of a stretch of bytes by page: the page, where in it, and where in the stretch.
fn by_page(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let within = (at % PAGE_BYTES) as usize;
        let part = (len - done).min(PAGE_BYTES as usize - within);
        let range = done..done + part;
        done += part;
        (part > 0).then_some((at / PAGE_BYTES, within, range))
    })
}

impl StorageBackend for ReadAside {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let aside = self.lock();
        if offset + out.len() as u64 > aside.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (page, within, range) in by_page(offset, out.len()) {
            let out = &mut out[range];
            match aside.pages.get(&page) {
                Some(bytes) => out.copy_from_slice(&bytes[within..within + out.len()]),
                None => out.copy_from_slice(&self.read_page(page, aside.file_len)?[within..within + out.len()]),
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut aside = self.lock();
        if len < aside.len {
            // What is cut off must read as zeros if the file grows again.
            aside.file_len = aside.file_len.min(len);
            aside.pages.split_off(&len.div_ceil(PAGE_BYTES));
            if let Some(last) = aside.pages.get_mut(&(len / PAGE_BYTES)) {
                last[(len % PAGE_BYTES) as usize..].fill(0);
            }
        }
        aside.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut aside = self.lock();
        for (page, within, range) in by_page(offset, data.len()) {
            if !aside.pages.contains_key(&page) {
                let bytes = self.read_page(page, aside.file_len)?;
                aside.pages.insert(page, bytes);
            }
            let bytes = aside.pages.get_mut(&page).expect("it was put there just now");
            bytes[within..within + range.len()].copy_from_slice(&data[range]);
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redb::backends::InMemoryBackend;

    #[test]
    fn it_reads_what_was_written_and_the_file_stays_as_it_is() {
        let file = InMemoryBackend::new();
        file.set_len(10_000).expect("memory");
        file.write(0, &[1; 10_000]).expect("memory");
        let aside = ReadAside::new(Box::new(file)).expect("a length");
        aside.write(4_000, &[2; 5_000]).expect("memory");
        let read = |offset: u64, len: usize| {
            let mut out = vec![9; len];
            aside.read(offset, &mut out).expect("within the file");
            out
        };
        assert_eq!(read(3_999, 2), [1, 2]);
        assert_eq!(read(8_999, 2), [2, 1]);
        assert_eq!(read(4_000, 5_000), [2; 5_000]);
        aside.set_len(5_000).expect("memory");
        aside.set_len(12_000).expect("memory");
        assert_eq!(read(4_999, 2), [2, 0]);
        assert_eq!(read(9_000, 3_000), [0; 3_000]);
        aside.read(11_999, &mut [0; 2]).expect_err("past the end");
        let mut on_disk = vec![0; 10_000];
        aside.file.read(0, &mut on_disk).expect("within the file");
        assert_eq!(on_disk, [1; 10_000]);
    }
}
