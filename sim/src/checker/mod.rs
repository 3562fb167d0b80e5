//! What must hold, whatever goes wrong: checked after every event, for the host it happened to.
//!
//! The checker believes no node. It keeps its own book of all blocks and its own accounts, and compares.

mod book;
mod payments;
mod settled;

use shared::protocol::limits::LOW_WORK_BLOCKS_MAX;
use shared::protocol::{Message, Node};
use shared::{Amount, Block, BlockHash, HEADER_BYTES, Params, SignedPayment, TransactionId, decode, sha256};

use self::book::Book;
use self::payments::Payments;
pub use self::settled::Unsettled;
use crate::disk::Record;
use crate::time::Time;
use crate::trace::mark;
use crate::world::host::{Host, Shell};

/// How many events may happen to one host at one moment. More are a loop.
const AT_ONCE_MAX: u32 = 20_000;
/// After how many changes of a node's tip its whole ledger is compared, where there are many accounts.
const FULL_EVERY: u64 = 16;
/// Every how many checks what a node keeps is compared with its limits.
const LIMITS_EVERY: u64 = 64;
/// Up to how many accounts the whole ledger is compared each time.
const FEW_ACCOUNTS: usize = 64;

/// Something that must not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at {:.3} s, host {host}: {rule}: {found}", at.as_us() as f64 / 1e6)]
pub struct Violation {
    /// When.
    pub at: Time,
    /// To whom it happened.
    pub host: usize,
    /// What must hold.
    pub rule: &'static str,
    /// What was found.
    pub found: String,
}

/// What is known of a host.
#[derive(Debug, Default)]
struct Watched {
    tip: Option<BlockHash>,
    changes: u64,
    /// The last block that it told others of as its tip, and had to have durable.
    told: Option<BlockHash>,
    /// What its last messages were, so that none is looked at once for every peer.
    last_told: u64,
    events_at: (Time, u32),
}

/// The checker.
#[derive(Debug)]
pub struct Checker {
    book: Book,
    payments: Payments,
    hosts: Vec<Watched>,
    reward: Amount,
    /// How many checks were made.
    pub checks: u64,
}

/// Fails unless it holds.
fn hold(
    holds: bool,
    at: Time,
    host: usize,
    rule: &'static str,
    found: impl FnOnce() -> String,
) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { at, host, rule, found: found() }) }
}

impl Checker {
    /// A checker of so many hosts.
    pub fn new(params: &Params, hosts: usize) -> Self {
        Self {
            book: Book::new(params),
            payments: Payments::default(),
            hosts: (0..hosts).map(|_| Watched::default()).collect(),
            reward: params.reward,
            checks: 0,
        }
    }

    /// The number of blocks that were ever made.
    pub fn blocks(&self) -> usize {
        self.book.len()
    }

    /// A host's own payment was taken.
    pub fn issued(&mut self, host: usize, id: TransactionId, signed: &SignedPayment) {
        self.payments.issued(host, id, signed);
    }

    /// A node wants something stored: a block must be valid, its parent known; a payment may be let go only when it can
    /// wait no longer.
    pub(crate) fn stores(&mut self, at: Time, host: usize, node: &Node, record: &Record) -> Result<(), Violation> {
        self.checks += 1;
        match record {
            Record::Block(hash, bytes) => self.keeps_block(at, host, *hash, bytes),
            Record::PaymentGone(id) => self.payments.let_go(host, id, node).map_err(|found| Violation {
                at,
                host,
                rule: "a payment waits until it is made or cannot be",
                found,
            }),
            Record::Payment(..) | Record::Member(_) | Record::MemberGone(_) => Ok(()),
        }
    }

    fn keeps_block(&mut self, at: Time, host: usize, hash: BlockHash, bytes: &[u8]) -> Result<(), Violation> {
        if self.book.contains(&hash) {
            return Ok(());
        }
        let broken = |found: String| Violation { at, host, rule: "a block that is kept is valid", found };
        let block: Block = decode(bytes).map_err(|error| broken(error.to_string()))?;
        self.book.take(hash, &block).map_err(broken)
    }

    /// Something is sent: what it says the sender has must be durable.
    pub(crate) fn tells(&mut self, at: Time, number: usize, host: &Host, bytes: &[u8]) -> Result<(), Violation> {
        let is_in_trouble =
            matches!(&host.process, Some(process) if matches!(&process.shell, Shell::Tab(tab) if tab.is_in_trouble));
        let Some(kind) = bytes.first().filter(|kind| [0, 6, 8, 11, 12].contains(*kind)) else { return Ok(()) };
        let mark = mark(bytes);
        let watched = &mut self.hosts[number];
        if is_in_trouble || std::mem::replace(&mut watched.last_told, mark) == mark {
            return Ok(());
        }
        self.checks += 1;
        let tip = match kind {
            // The header stands right behind the message's number; in Blocks, behind their count too.
            6 => header_hash(bytes, 1),
            8 => header_hash(bytes, 5),
            _ => match decode(bytes) {
                Ok(Message::Hello(hello)) => Some(hello.status.tip.hash),
                Ok(Message::Status(status)) => Some(status.tip.hash),
                Ok(Message::Payments(payments)) => {
                    let lacking = payments.iter().map(SignedPayment::id).find(|id| !host.disk.had_payment(id));
                    return hold(lacking.is_none(), at, number, "a payment is durable before it is told", || {
                        format!("{lacking:?} is told and not on the disk")
                    });
                }
                _ => None,
            },
        };
        let Some(tip) = tip else { return Ok(()) };
        hold(
            tip == self.book.genesis() || host.disk.has_block(&tip),
            at,
            number,
            "a block is durable before it is told",
            || format!("{tip} is told and not on the disk"),
        )?;
        if *kind != 8 {
            watched.told = Some(tip);
        }
        Ok(())
    }

    /// A process has started: what it had told of is there, unless its disk lost it.
    pub(crate) fn booted(&mut self, at: Time, number: usize, host: &Host) -> Result<(), Violation> {
        self.checks += 1;
        let Some(node) = host.process.as_ref().map(|process| &process.node) else { return Ok(()) };
        self.payments.booted(number, host);
        let watched = &mut self.hosts[number];
        if let Some(told) = watched.told.filter(|told| *told != self.book.genesis() && !host.disk.is_damaged) {
            hold(node.chain().is_complete(&told), at, number, "what was told survives a crash", || {
                format!("{told} was told and is not there")
            })?;
            let has = node.chain().work_of(&node.chain().tip().hash);
            hold(has >= node.chain().work_of(&told), at, number, "a tip that was told is not left for less", || {
                format!("{told} was told, {} is the tip", node.chain().tip().hash)
            })?;
        }
        if host.disk.is_damaged {
            watched.told = None;
        }
        self.whole_chain(at, number, node)
    }

    /// A process has ended.
    pub(crate) fn ended(&mut self, number: usize) {
        self.hosts[number].tip = None;
    }

    /// Something has happened to a host.
    pub(crate) fn after(&mut self, at: Time, number: usize, host: &Host) -> Result<(), Violation> {
        self.checks += 1;
        let Some(process) = &host.process else { return Ok(()) };
        let (node, watched) = (&process.node, &mut self.hosts[number]);
        let (moment, events) = watched.events_at;
        watched.events_at = if moment == at { (at, events + 1) } else { (at, 1) };
        hold(watched.events_at.1 < AT_ONCE_MAX, at, number, "time goes on", || "it stands still".to_owned())?;
        // A relay that is storing a turn has not told its node yet who has gone.
        let is_behind = matches!(&process.shell, Shell::Relay(relay) if relay.is_writing);
        let is_looked_at = self.checks.is_multiple_of(LIMITS_EVERY);
        hold(
            is_behind || !is_looked_at || node.peers().len() <= process.conns.len(),
            at,
            number,
            "no peer without a link",
            || format!("{} peers, {} links", node.peers().len(), process.conns.len()),
        )?;
        let over = is_looked_at.then(|| node.gauges().into_iter().find(|gauge| gauge.kept > gauge.max)).flatten();
        hold(over.is_none(), at, number, "no queue is above its limit", || format!("{over:?}"))?;
        let beside = node.chain().beside();
        hold(
            !is_looked_at || beside <= LOW_WORK_BLOCKS_MAX + self.book.len(),
            at,
            number,
            "what is kept beside the chain is little, or paid for with work",
            || format!("{beside} headers, {} blocks were ever made", self.book.len()),
        )?;
        self.payments.noticed(number, host);
        let tip = node.chain().tip().hash;
        if watched.tip.replace(tip) == Some(tip) {
            return Ok(());
        }
        watched.changes += 1;
        let is_full = self.book.accounts_len() <= FEW_ACCOUNTS || watched.changes.is_multiple_of(FULL_EVERY);
        self.tip(at, number, node, is_full)
    }

    /// The tip is in the book, the supply is what the rules allow, and the accounts are the book's.
    fn tip(&mut self, at: Time, number: usize, node: &Node, is_full: bool) -> Result<(), Violation> {
        let tip = node.chain().tip();
        hold(self.book.contains(&tip.hash), at, number, "a tip is a block that was kept", || {
            format!("{} at {}", tip.hash, tip.height)
        })?;
        let allowed = u128::from(self.reward.units()) * u128::from(tip.height.as_u64());
        let supply = node.ledger().supply();
        hold(u128::from(supply.units()) == allowed, at, number, "supply is one reward a block", || {
            format!("{supply} at height {}", tip.height)
        })?;
        if is_full {
            self.book.compare(&tip.hash, node.ledger()).map_err(|found| Violation {
                at,
                host: number,
                rule: "the ledger is what the blocks make it",
                found,
            })?;
        }
        Ok(())
    }

    /// The whole active chain, from the genesis.
    pub(crate) fn whole_chain(&mut self, at: Time, number: usize, node: &Node) -> Result<(), Violation> {
        self.checks += 1;
        self.tip(at, number, node, true)?;
        let found = self.book.is_chain(node.chain());
        found.map_err(|found| Violation { at, host: number, rule: "a stored chain is valid from its genesis", found })
    }
}

fn header_hash(bytes: &[u8], at: usize) -> Option<BlockHash> {
    Some(BlockHash::from_bytes(sha256(&[bytes.get(at..at + HEADER_BYTES)?])))
}
