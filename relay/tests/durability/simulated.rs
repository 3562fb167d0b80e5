//! A disk in memory, under a cache as an operating system has one: what is written can be read at once, and is on the
//! disk when it was synced. Everything that is done to it is noted, so that it can be cut off anywhere.
//!
//! A sync that fails loses what it should have written: later ones have nothing to do and succeed, as on Linux, where
//! pages whose writing failed count as clean. They stay in the cache until the file is opened as after a failure.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;
use relay::store::{Disk, Store, StoreError};

/// Something done to the disk.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Write { offset: u64, bytes: Vec<u8> },
    SetLen(u64),
    Sync,
}

impl Step {
    pub(crate) fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => {
                let start = *offset as usize;
                let end = start + bytes.len();
                // The file's new length may have been lost where what is behind it was not.
                if image.len() < end {
                    image.resize(end, 0);
                }
                image[start..end].copy_from_slice(bytes);
            }
            Self::SetLen(len) => image.resize(*len as usize, 0),
            Self::Sync => {}
        }
    }

    /// A write of which only the first bytes arrived.
    pub(crate) fn torn(&self, at: usize) -> Self {
        match self {
            Self::Write { offset, bytes } => Self::Write { offset: *offset, bytes: bytes[..at].to_vec() },
            other => other.clone(),
        }
    }
}

/// What is wrong with the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing more can be written.
    Full,
    /// Syncs fail, and lose what they should have written.
    Sync,
    /// Nothing can be read.
    Read,
}

#[derive(Debug, Default)]
struct State {
    /// What reads see.
    cache: Vec<u8>,
    /// What a loss of power leaves for certain.
    disk: Vec<u8>,
    /// Not synced yet.
    pending: Vec<Step>,
    log: Vec<Step>,
    /// Counts the calls that a fault could hit.
    calls: usize,
    /// From which call on it is there.
    fault: Option<(usize, Fault)>,
}

impl State {
    fn check(&mut self, kinds: &[Fault]) -> io::Result<()> {
        match self.fault {
            Some((from, fault)) if self.calls >= from && kinds.contains(&fault) => Err(match fault {
                Fault::Full => io::ErrorKind::StorageFull.into(),
                Fault::Sync => io::Error::other("the disk has failed"),
                Fault::Read => io::Error::other("a sector cannot be read"),
            }),
            _ => Ok(()),
        }
    }

    fn change(&mut self, step: Step) -> io::Result<()> {
        let failed = self.check(&[Fault::Full]);
        self.calls += 1;
        failed?;
        step.apply(&mut self.cache);
        self.log.push(step.clone());
        self.pending.push(step);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let failed = self.check(&[Fault::Sync]);
        self.calls += 1;
        let pending = std::mem::take(&mut self.pending);
        failed?;
        for step in pending {
            step.apply(&mut self.disk);
        }
        self.log.push(Step::Sync);
        Ok(())
    }
}

/// The disk. Its clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Simulated(Arc<Mutex<State>>);

impl Simulated {
    /// A disk that holds these bytes.
    pub(crate) fn of(image: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(State { cache: image.clone(), disk: image, ..State::default() })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic while it is held")
    }

    pub(crate) fn open_store(&self) -> Result<Store, StoreError> {
        Store::open(self.clone())
    }

    /// Everything that was done to it so far.
    pub(crate) fn log(&self) -> Vec<Step> {
        self.lock().log.clone()
    }

    /// How much was done to it so far.
    pub(crate) fn log_len(&self) -> usize {
        self.lock().log.len()
    }

    /// How many calls a fault could have hit so far.
    pub(crate) fn calls(&self) -> usize {
        self.lock().calls
    }

    /// What a reader of the file sees.
    pub(crate) fn image(&self) -> Vec<u8> {
        self.lock().cache.clone()
    }

    /// What is left when the power fails now.
    pub(crate) fn left_by_power_loss(&self) -> Vec<u8> {
        self.lock().disk.clone()
    }

    /// From this call on, counted from the first, something is wrong.
    pub(crate) fn fails_from(&self, call: usize, fault: Fault) {
        self.lock().fault = Some((call, fault));
    }

    /// From now on something is wrong.
    pub(crate) fn fails(&self, fault: Fault) {
        let now = self.calls();
        self.fails_from(now, fault);
    }

    /// From now on nothing is wrong.
    pub(crate) fn works(&self) {
        self.lock().fault = None;
    }

    /// Turns a bit over, wherever the bytes are.
    pub(crate) fn flip(&self, at: usize, bit: u8) {
        let mut state = self.lock();
        state.cache[at] ^= 1 << bit;
        state.disk[at] ^= 1 << bit;
    }
}

impl Disk for Simulated {
    fn open(&self) -> Result<Box<dyn StorageBackend>, StoreError> {
        Ok(Box::new(self.clone()))
    }

    fn open_after_failure(&self) -> Result<Box<dyn StorageBackend>, StoreError> {
        let mut state = self.lock();
        let mut image = state.disk.clone();
        for step in &state.pending {
            step.apply(&mut image);
        }
        state.cache = image;
        drop(state);
        self.open()
    }

    fn path(&self) -> &Path {
        Path::new("simulated")
    }
}

impl StorageBackend for Simulated {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().cache.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut state = self.lock();
        state.check(&[Fault::Read])?;
        let start = offset as usize;
        let bytes = state.cache.get(start..start + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.lock().change(Step::SetLen(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.lock().sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.lock().change(Step::Write { offset, bytes: data.to_vec() })
    }
}
