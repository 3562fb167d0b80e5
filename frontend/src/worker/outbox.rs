//! Performs what the node puts out, in order: what is to be stored is on disk before anything later is sent.
//!
//! The driver only queues. A task of its own takes all that is queued, writes it in one transaction, waits until that is
//! on disk, and then sends. While it waits the driver goes on, and what is queued meanwhile makes the next, larger
//! transaction. Sends with nothing to store before them leave at once.
//!
//! Where the store fails, the node goes on in memory: what cannot be written is dropped here (the node has it), sends go
//! out, the trouble is shown, and the store is tried again. When it works again, what it lacks is copied from the node.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use borsh::BorshSerialize;
use futures_util::future::select;
use gloo_timers::future::TimeoutFuture;
use shared::exchange::ToRelay;
use shared::protocol::{Node, PeerId, StoreOp};
use shared::{Block, BlockHash, Height, Receipt, Refusal};

use super::idb::{Change, StoreError};
use super::inbox::{Inbox, Input, LinkEvent, LinkInput};
use super::link::Link;
use super::store::{ChainStore, Record, Records, block_change, change, payment_changes, record_change};
use shared::protocol::Backoff;

/// How many blocks are copied to a recovered store in one transaction.
const COPIED_BLOCKS: usize = 64;
/// The shortest and the longest wait before a failing store is tried again, in milliseconds.
const RETRY_MS: std::ops::RangeInclusive<u64> = 1_000..=60_000;

/// One thing to perform.
#[derive(Debug)]
pub enum Item {
    /// Keep this.
    Store(StoreOp),
    /// Keep this record.
    Keep(Record, Vec<u8>),
    /// Send this.
    Send {
        /// To whom.
        peer: PeerId,
        /// The frame.
        bytes: Vec<u8>,
    },
    /// Say this to the relay, beside the node's own messages.
    Say {
        /// Over which link; nothing is said once it is another.
        link: u64,
        /// What.
        frame: ToRelay,
    },
    /// Close the link, after what was queued before.
    CutOff {
        /// To whom.
        peer: PeerId,
    },
}

/// The queue of things to perform. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    inner: Rc<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    items: RefCell<VecDeque<Item>>,
    ready: Inbox,
    writing: Cell<bool>,
    /// When the last block arrived: the wall clock in microseconds, or one more than before.
    arrival: Cell<u64>,
    trouble: RefCell<Option<Receipt>>,
}

/// What one round does.
#[derive(Debug, Default)]
struct Round {
    /// Nothing is to be stored before these.
    first: Vec<Item>,
    changes: Vec<Change>,
    records: Vec<(Record, Vec<u8>)>,
    /// These wait for the changes.
    then: Vec<Item>,
}

impl Item {
    /// Keeps a value as a record.
    pub fn keep(record: Record, value: &impl BorshSerialize) -> Self {
        Self::Keep(record, borsh::to_vec(value).expect("writing to memory does not fail"))
    }
}

impl Round {
    /// Puts the round's records among those that a recovered store is given.
    fn note(&mut self, records: &mut Records) {
        for (record, value) in self.records.drain(..) {
            records.put(record, value);
        }
    }
}

impl Outbox {
    /// Queues something.
    pub fn put(&self, item: Item) {
        self.inner.items.borrow_mut().push_back(item);
        self.inner.ready.wake();
    }

    /// Whether everything so far is on disk.
    pub fn is_saved(&self) -> bool {
        let stores = |item: &Item| matches!(item, Item::Store(_) | Item::Keep(..));
        self.trouble().is_none() && !self.inner.writing.get() && !self.inner.items.borrow().iter().any(stores)
    }

    /// Why the store does not take what it is given, if it does not.
    pub fn trouble(&self) -> Option<Receipt> {
        self.inner.trouble.borrow().clone()
    }

    /// Notes that the store could not even be opened.
    pub fn set_trouble(&self, error: &StoreError) {
        *self.inner.trouble.borrow_mut() = Some(error.receipt());
    }

    /// Performs what is queued, for as long as the tab lives. `inbox` is woken when what the page may see changed.
    pub async fn run(
        self,
        mut store: ChainStore,
        mut records: Records,
        node: Rc<RefCell<Node>>,
        link: Rc<RefCell<Link>>,
        inbox: Inbox,
    ) {
        let mut retry = Backoff::default();
        loop {
            let in_trouble = self.inner.trouble.borrow().is_some();
            if in_trouble {
                let random = super::clock::random::<4>().map_or(0, u32::from_le_bytes);
                let wait_ms = (retry.failed(random) * 4).clamp(*RETRY_MS.start(), *RETRY_MS.end());
                let until = super::clock::monotonic_ms() + wait_ms as f64;
                while super::clock::monotonic_ms() < until {
                    // While the store is away, sends still leave as they come.
                    select(Box::pin(self.inner.ready.wait()), TimeoutFuture::new(wait_ms as u32)).await;
                    let mut round = self.take_round();
                    round.note(&mut records);
                    send(round.first.into_iter().chain(round.then), &link, &inbox);
                }
                match self.recover(&mut store, &node, &records).await {
                    Ok(()) => {
                        retry.succeeded();
                        *self.inner.trouble.borrow_mut() = None;
                    }
                    Err(error) => self.set_trouble(&error),
                }
                inbox.wake();
                continue;
            }
            self.inner.ready.wait().await;
            let mut round = self.take_round();
            round.note(&mut records);
            send(round.first, &link, &inbox);
            if !round.changes.is_empty() {
                self.inner.writing.set(true);
                if let Err(error) = store.write(&round.changes).await {
                    web_sys::console::warn_1(&format!("the store: {error}").into());
                    self.set_trouble(&error);
                }
                self.inner.writing.set(false);
                inbox.wake();
            }
            send(round.then, &link, &inbox);
        }
    }

    /// Opens the store again and copies to it what it lacks: the waiting payments and the records, the blocks of the active
    /// chain above the highest that it has, and those of other branches.
    ///
    /// The blocks are too many for one transaction. The payments come before them: one that waits because its block was left
    /// would otherwise be nowhere but in that block, if the tab ended between the blocks and the payments.
    async fn recover(&self, store: &mut ChainStore, node: &RefCell<Node>, records: &Records) -> Result<(), StoreError> {
        store.reopen().await?;
        let mut changes = payment_changes(node.borrow().mempool().iter());
        changes.extend(records.changes());
        store.write(&changes).await?;
        let mut next = first_missing(store, node).await?;
        loop {
            let changes: Vec<Change> = {
                let node = node.borrow();
                blocks_from(&node, next).take(COPIED_BLOCKS).map(|block| block_change(&block, self.arrive())).collect()
            };
            if changes.is_empty() {
                break;
            }
            next = Height::from(next.as_u64() + changes.len() as u64);
            store.write(&changes).await?;
        }
        // Without these a block that builds on one of them later would be stored above a gap, and lost at the next start.
        let beside = beside(&node.borrow());
        for (height, hash) in beside {
            let block = node.borrow().chain().block(&hash);
            if let Some(block) = block
                && !store.has_block(height, &hash).await?
            {
                store.write(&[block_change(&block, self.arrive())]).await?;
            }
        }
        Ok(())
    }

    fn take_round(&self) -> Round {
        split(self.inner.items.take(), || self.arrive())
    }

    fn arrive(&self) -> u64 {
        let arrival = (super::clock::now().as_ms() * 1_000).max(self.inner.arrival.get() + 1);
        self.inner.arrival.set(arrival);
        arrival
    }
}

fn split(items: VecDeque<Item>, mut arrive: impl FnMut() -> u64) -> Round {
    let mut round = Round::default();
    for item in items {
        match item {
            Item::Store(op) => round.changes.extend(change(op, arrive())),
            Item::Keep(record, value) => {
                round.changes.push(record_change(record, value.clone()));
                round.records.push((record, value));
            }
            sending if round.changes.is_empty() => round.first.push(sending),
            sending => round.then.push(sending),
        }
    }
    round
}

fn send(items: impl IntoIterator<Item = Item>, link: &RefCell<Link>, inbox: &Inbox) {
    for item in items {
        match item {
            Item::Send { peer: PeerId(number), bytes } => link.borrow().send(number, &bytes),
            Item::CutOff { peer: PeerId(number) } => {
                inbox.put(Input::Link(LinkInput { link: number, event: LinkEvent::Closed }));
            }
            Item::Say { link: number, frame } => link.borrow().say(number, &frame),
            Item::Store(_) | Item::Keep(..) => {}
        }
    }
}

/// The lowest height whose active block is not kept. A kept block's ancestors are kept: they were written before it.
async fn first_missing(store: &ChainStore, node: &RefCell<Node>) -> Result<Height, StoreError> {
    let mut height = node.borrow().chain().tip().height;
    loop {
        let hash = node.borrow().chain().hash_at(height);
        let Some(below) = height.previous() else {
            return Ok(height.next());
        };
        if let Some(hash) = hash
            && store.has_block(height, &hash).await?
        {
            return Ok(height.next());
        }
        height = below;
    }
}

fn blocks_from(node: &Node, from: Height) -> impl Iterator<Item = Block> {
    let heights = from.as_u64()..=node.chain().tip().height.as_u64();
    heights.filter_map(|height| node.chain().block(&node.chain().hash_at(Height::from(height))?))
}

/// The blocks beside the active chain that could join it with all below them, parents first.
fn beside(node: &Node) -> Vec<(Height, BlockHash)> {
    let chain = node.chain();
    let complete = chain.rivals(Height::ZERO).into_iter().filter(|hash| chain.is_complete(hash));
    let mut beside: Vec<_> = complete.filter_map(|hash| Some((chain.height_of(&hash)?, hash))).collect();
    beside.sort_unstable();
    beside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::store::Settings;
    use shared::NodeName;
    use shared::protocol::{Config, Role};
    use shared::state::MemoryBodies;
    use shared::testing::{ChainBuilder, address, key};

    fn sending(byte: u8) -> Item {
        Item::Send { peer: PeerId(1), bytes: vec![byte] }
    }

    #[test]
    fn only_what_comes_after_a_store_waits_for_it() {
        let keep = Item::keep(Record::Settings, &Settings::default());
        let say = Item::Say { link: 1, frame: ToRelay::Keep { chain: "[]".to_owned() } };
        let items = [sending(1), keep, sending(2), say, Item::CutOff { peer: PeerId(1) }];
        let mut round = split(items.into(), || 1);
        assert_eq!((round.first.len(), round.changes.len()), (1, 1));
        assert!(matches!(round.then.as_slice(), [Item::Send { .. }, Item::Say { .. }, Item::CutOff { .. }]));
        let mut records = Records::default();
        round.note(&mut records);
        assert_eq!(records.read(Record::Settings), Some(Settings::default()));
    }
    #[test]
    fn what_a_recovered_store_lacks_is_on_other_branches_too() {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 4);
        let mut fork = builder.fork_at(1);
        fork.mine_many(2, 2);
        let config = Config {
            role: Role::Tab,
            name: NodeName::new("Ana").expect("a name"),
            agent: "test".to_owned(),
            auto_sync: true,
            address: address(1),
        };
        let bodies = Box::new(MemoryBodies::default());
        let mut node = Node::new(config, builder.params().clone(), key(1), [1; 32], bodies);
        let all = builder.blocks().iter().chain(&fork.blocks()[1..]).cloned();
        assert_eq!(node.restore(all), Ok(6));
        assert_eq!(node.chain().tip().hash, builder.tip().hash());
        let expected: Vec<_> = fork.blocks()[1..].iter().map(|block| (block.header.height, block.hash())).collect();
        assert_eq!(beside(&node), expected);
    }
}
