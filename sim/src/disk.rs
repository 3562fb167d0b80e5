//! A host's disk: a log of transactions, each with its length and a checksum, as a database keeps it underneath.
//!
//! A transaction is durable when its write has finished, and then only. What a crash leaves of an unfinished one is cut
//! off when the disk is opened; a flipped bit is found by the checksum. What the log means is the shell's business.

use std::collections::{BTreeMap, BTreeSet};

use borsh::{BorshDeserialize, BorshSerialize};
use shared::protocol::{Member, StoreOp};
use shared::{BlockHash, NodeId, TransactionId};

use crate::dice::Dice;
use crate::trace::mark;

/// The length and the checksum before a transaction, in bytes.
const FRAME_BYTES: usize = 12;

/// One thing that is kept, or kept no longer.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Record {
    /// A block.
    Block(BlockHash, Vec<u8>),
    /// A payment that waits.
    Payment(TransactionId, Vec<u8>),
    /// A payment that waits no longer.
    PaymentGone(TransactionId),
    /// A member of the room.
    Member(Member),
    /// A member that is forgotten.
    MemberGone(NodeId),
}

impl From<StoreOp> for Record {
    fn from(op: StoreOp) -> Self {
        match op {
            StoreOp::Block { hash, bytes, .. } => Self::Block(hash, bytes),
            StoreOp::Payment { id, bytes } => Self::Payment(id, bytes),
            StoreOp::PaymentGone { id } => Self::PaymentGone(id),
            StoreOp::Member(member) => Self::Member(member),
            StoreOp::MemberGone { id } => Self::MemberGone(id),
        }
    }
}

/// Why a write did not become durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiskError {
    /// There is no room; nothing was written.
    #[error("the disk is full")]
    Full,
    /// The sync failed; what was written may be there or not.
    #[error("the disk does not sync")]
    Sync,
}

/// What is wrong with a disk at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// How many faults say that it is full.
    pub full: u32,
    /// How many say that it does not sync.
    pub failing: u32,
    /// How many milliseconds longer than usual a write takes.
    pub slow_ms: u64,
}

/// What stands on a disk.
#[derive(Debug, Default)]
pub struct Content {
    /// The blocks, in the order they were kept.
    pub blocks: Vec<(BlockHash, Vec<u8>)>,
    /// The payments that wait.
    pub payments: BTreeMap<TransactionId, Vec<u8>>,
    /// The members that are remembered.
    pub members: BTreeMap<NodeId, Member>,
    /// How many transactions could not be read.
    pub unreadable: usize,
}

/// A disk.
#[derive(Debug, Default)]
pub struct Disk {
    log: Vec<u8>,
    /// Where each transaction ends.
    ends: Vec<usize>,
    pending: Option<Vec<Record>>,
    blocks: BTreeSet<BlockHash>,
    payments: BTreeSet<TransactionId>,
    /// Payments that were ever durable: by now they may be in a block instead.
    ever: BTreeSet<TransactionId>,
    /// What is wrong with it.
    pub trouble: Trouble,
    /// Whether it has lost what was durable: bits flipped, or it was wiped or put back to an older state.
    pub is_damaged: bool,
}

impl Disk {
    /// Begins to write a transaction.
    ///
    /// # Panics
    /// When another is being written.
    pub fn begin(&mut self, records: Vec<Record>) {
        assert!(self.pending.is_none(), "one transaction at a time");
        self.pending = Some(records);
    }

    /// The write has finished.
    ///
    /// # Errors
    /// When it failed.
    pub fn finish(&mut self, dice: &mut Dice) -> Result<(), DiskError> {
        let Some(records) = self.pending.take() else { return Ok(()) };
        if self.trouble.full > 0 {
            return Err(DiskError::Full);
        }
        if self.trouble.failing > 0 {
            if dice.is_one_in(2) {
                self.commit(records);
            }
            return Err(DiskError::Sync);
        }
        self.commit(records);
        Ok(())
    }

    /// Whether a write would work now.
    pub fn works(&self) -> bool {
        self.trouble.full == 0 && self.trouble.failing == 0
    }

    /// Whether this block is durable.
    pub fn has_block(&self, hash: &BlockHash) -> bool {
        self.blocks.contains(hash)
    }

    /// Whether this payment is durable.
    pub fn has_payment(&self, id: &TransactionId) -> bool {
        self.payments.contains(id)
    }

    /// Whether this payment is durable, or was.
    pub fn had_payment(&self, id: &TransactionId) -> bool {
        self.ever.contains(id)
    }

    /// The process died. The system may or may not finish what was being written.
    pub fn killed(&mut self, dice: &mut Dice) {
        if let Some(records) = self.pending.take()
            && self.works()
            && dice.is_one_in(2)
        {
            self.commit(records);
        }
    }

    /// The power went. Of what was being written there is the beginning.
    pub fn power_cut(&mut self, dice: &mut Dice) {
        if let Some(records) = self.pending.take().filter(|_| self.works()) {
            let frame = frame(&records);
            let torn = dice.below(frame.len() as u64) as usize;
            self.log.extend(&frame[..torn]);
        }
    }

    /// A bit flips.
    pub fn flip(&mut self, dice: &mut Dice) {
        if !self.log.is_empty() {
            let at = dice.below(self.log.len() as u64) as usize;
            self.log[at] ^= 1 << dice.below(8);
            self.is_damaged = true;
        }
    }

    /// Everything is erased.
    pub fn wipe(&mut self) {
        *self = Self { trouble: self.trouble, is_damaged: true, ..Self::default() };
    }

    /// Puts back the state after so many thousandths of its transactions.
    pub fn roll_back(&mut self, per_mille: u64) {
        let kept = self.ends.len() * per_mille.min(1_000) as usize / 1_000;
        self.log.truncate(kept.checked_sub(1).map_or(0, |last| self.ends[last]));
        self.is_damaged = true;
    }

    /// Reads everything, and cuts off what cannot be read at the end.
    pub fn open(&mut self) -> Content {
        let mut content = Content::default();
        let log = std::mem::take(&mut self.log);
        self.ends.clear();
        let mut at = 0;
        while let Some(end) = frame_end(&log, at) {
            match read_frame(&log[at..end]) {
                Some(records) => records.into_iter().for_each(|record| content.take(record)),
                None => content.unreadable += 1,
            }
            at = end;
            self.ends.push(end);
        }
        self.log = log;
        self.log.truncate(at);
        self.blocks = content.blocks.iter().map(|(hash, _)| *hash).collect();
        self.payments = content.payments.keys().copied().collect();
        content
    }

    fn commit(&mut self, records: Vec<Record>) {
        self.log.extend(frame(&records));
        self.ends.push(self.log.len());
        for record in records {
            match record {
                Record::Block(hash, _) => drop(self.blocks.insert(hash)),
                Record::Payment(id, _) => {
                    self.payments.insert(id);
                    self.ever.insert(id);
                }
                Record::PaymentGone(id) => drop(self.payments.remove(&id)),
                Record::Member(_) | Record::MemberGone(_) => {}
            }
        }
    }
}

impl Content {
    fn take(&mut self, record: Record) {
        match record {
            Record::Block(hash, bytes) => self.blocks.push((hash, bytes)),
            Record::Payment(id, bytes) => drop(self.payments.insert(id, bytes)),
            Record::PaymentGone(id) => drop(self.payments.remove(&id)),
            Record::Member(member) => drop(self.members.insert(member.id, member)),
            Record::MemberGone(id) => drop(self.members.remove(&id)),
        }
    }
}

fn frame(records: &[Record]) -> Vec<u8> {
    let payload = borsh::to_vec(records).expect("writing to memory does not fail");
    let mut frame = Vec::with_capacity(FRAME_BYTES + payload.len());
    frame.extend((payload.len() as u32).to_le_bytes());
    frame.extend(mark(&payload).to_le_bytes());
    frame.extend(payload);
    frame
}

/// Where the transaction that begins here ends, if all of it is there.
fn frame_end(log: &[u8], at: usize) -> Option<usize> {
    let len = u32::from_le_bytes(log.get(at..at + 4)?.try_into().expect("4 bytes")) as usize;
    let end = at.checked_add(FRAME_BYTES)?.checked_add(len)?;
    (end <= log.len()).then_some(end)
}

fn read_frame(frame: &[u8]) -> Option<Vec<Record>> {
    let (head, payload) = frame.split_at(FRAME_BYTES);
    let checksum = u64::from_le_bytes(head[4..].try_into().expect("8 bytes"));
    if checksum != mark(payload) {
        return None;
    }
    borsh::from_slice(payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Stream;

    fn dice() -> Dice {
        Dice::new(1, Stream::Plan)
    }

    fn block(byte: u8) -> Record {
        Record::Block(BlockHash::from_bytes([byte; 32]), vec![byte; 100])
    }

    fn with_two_blocks() -> Disk {
        let mut disk = Disk::default();
        for byte in [1, 2] {
            disk.begin(vec![block(byte)]);
            disk.finish(&mut dice()).expect("written");
        }
        disk
    }

    #[test]
    fn what_was_written_is_there_and_what_was_being_written_is_not() {
        let mut dice = dice();
        for _ in 0..50 {
            let mut disk = with_two_blocks();
            disk.begin(vec![block(3)]);
            assert!(!disk.has_block(&BlockHash::from_bytes([3; 32])));
            disk.power_cut(&mut dice);
            let content = disk.open();
            assert_eq!((content.blocks.len(), content.unreadable), (2, 0));
            disk.begin(vec![block(4)]);
            disk.finish(&mut dice).expect("written after what was torn off");
            assert_eq!(disk.open().blocks.len(), 3);
        }
    }

    #[test]
    fn a_flipped_bit_is_never_read_as_if_nothing_were_wrong() {
        let mut dice = dice();
        for _ in 0..500 {
            let mut disk = with_two_blocks();
            disk.flip(&mut dice);
            let content = disk.open();
            assert!(content.blocks.len() < 2, "one of the two is lost");
            assert!(content.blocks.iter().all(|(hash, bytes)| bytes.iter().all(|byte| *byte == hash.as_bytes()[0])));
        }
    }

    #[test]
    fn a_full_disk_and_one_that_does_not_sync_acknowledge_nothing() {
        let mut disk = with_two_blocks();
        disk.trouble.full = 1;
        disk.begin(vec![block(3)]);
        assert_eq!(disk.finish(&mut dice()), Err(DiskError::Full));
        disk.trouble = Trouble { failing: 1, ..Trouble::default() };
        disk.begin(vec![block(3)]);
        assert_eq!(disk.finish(&mut dice()), Err(DiskError::Sync));
        assert!(disk.open().blocks.len() >= 2);
    }

    #[test]
    fn a_disk_put_back_holds_what_it_held() {
        let mut disk = with_two_blocks();
        disk.roll_back(500);
        assert_eq!(disk.open().blocks.len(), 1);
        disk.wipe();
        assert_eq!(disk.open().blocks.len(), 0);
    }
}
