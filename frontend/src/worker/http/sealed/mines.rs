//! `mine_block` in a sealed room: whoever asks is answered with the next block that this tab mines, one a block.
//!
//! Where the tab is not mining, asking has it mine until there is a block for everybody who waits. What the owner says
//! comes first: a miner that they started goes on when nobody waits any more, and one that they stop stays stopped.

use shared::exchange::Answer;
use shared::protocol::{Mining, Node};
use shared::{BlockHash, Receipt, Timestamp, tutorial};

use crate::worker::http::deed::{Deed, Tab, UNAVAILABLE, refuse, too_late};
use crate::worker::http::queue::{Asker, Queue};

/// How many may wait for a block.
const WAITING_MAX: usize = 16;

/// Those who wait for a block.
#[derive(Clone, Debug)]
pub(super) struct Mines {
    queue: Queue,
    /// Whether the tab mines for them alone.
    started: bool,
}

impl Default for Mines {
    fn default() -> Self {
        Self { queue: Queue::new(WAITING_MAX), started: false }
    }
}

impl Mines {
    /// Lets somebody wait for a block.
    pub(super) fn ask(&mut self, asker: Asker, until: Timestamp, tab: &mut Tab<'_>) -> Result<(), Answer> {
        let waits = match tab.no_miner {
            Some(receipt) => Err(receipt.clone()),
            None => self.queue.push(asker, until),
        };
        waits.map_err(|receipt| Answer::refusal(UNAVAILABLE, &receipt))?;
        self.start(tab);
        Ok(())
    }

    /// Answers the first with a block that this tab mined.
    pub(super) fn mined(&mut self, hash: &BlockHash, tab: &mut Tab<'_>) -> Option<Deed> {
        let block = tab.node.chain().block(hash);
        let asker = self.queue.pop();
        let deed = asker
            .zip(block)
            .map(|(asker, block)| Deed::Answer(asker, tutorial::mined(&block, &tab.node.params().address_prefix)));
        self.started &= tab.node.mining() != Mining::Off;
        if !self.queue.is_empty() {
            self.start(tab);
        }
        deed
    }

    /// Notes that the owner started or stopped the miner, or that it broke.
    pub(super) fn owner_spoke(&mut self, node: &Node) -> Vec<Deed> {
        self.started = false;
        if node.mining() != Mining::Off {
            return Vec::new();
        }
        let receipt = Receipt::new("mining", "a miner that runs until there is a block", "it was stopped in the tab");
        self.queue.take_all().into_iter().map(|asker| refuse(asker, UNAVAILABLE, &receipt)).collect()
    }

    /// Answers those whose time is up.
    pub(super) fn wake(&mut self, tab: &mut Tab<'_>) -> Vec<Deed> {
        let late = self.queue.take_late(tab.now);
        self.stop_for_nobody(tab);
        too_late(late, "a block mined by this tab")
    }

    /// Forgets those who wait no longer.
    pub(super) fn forget(&mut self, gone: impl FnMut(&Asker) -> bool, tab: &mut Tab<'_>) -> Vec<Deed> {
        let gone = self.queue.take_if(gone);
        self.stop_for_nobody(tab);
        gone.into_iter().map(Deed::Drop).collect()
    }

    /// When somebody's time is up next.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.queue.next_due()
    }

    fn start(&mut self, tab: &mut Tab<'_>) {
        if tab.node.mining() == Mining::Off {
            tab.node.set_mining(Mining::Once { payout: tab.payout }, tab.now);
            self.started = true;
        }
    }

    fn stop_for_nobody(&mut self, tab: &mut Tab<'_>) {
        if self.queue.is_empty() && std::mem::take(&mut self.started) {
            tab.node.set_mining(Mining::Off, tab.now);
        }
    }
}
