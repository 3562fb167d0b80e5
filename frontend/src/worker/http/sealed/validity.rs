//! `is_valid` in a sealed room: the verdict on one tip is found once and told to all who ask.
//!
//! A long chain is verified a few headers at a time, between which the node goes on; meanwhile whoever asks waits. When
//! the tip moves, only what is new is verified.

use shared::exchange::Answer;
use shared::state::chain::Chain;
use shared::tutorial::{AUDIT_HEADERS, Audit};
use shared::{BlockHash, Timestamp};

use crate::worker::http::deed::{Deed, UNAVAILABLE, too_late};
use crate::worker::http::queue::{Asker, Queue};

/// How many may wait for a verdict: as many as a relay lets through in the seconds that the longest chain takes.
const WAITING_MAX: usize = 8_192;

/// The verdict on the chain, and those who wait for it.
#[derive(Clone, Debug)]
pub(super) struct Validity {
    audit: Audit,
    verdict: Option<(BlockHash, Answer)>,
    queue: Queue,
}

impl Default for Validity {
    fn default() -> Self {
        Self { audit: Audit::default(), verdict: None, queue: Queue::new(WAITING_MAX) }
    }
}

impl Validity {
    /// The verdict, where it is there already; else lets somebody wait for it.
    pub(super) fn ask(&mut self, asker: Asker, until: Timestamp, chain: &Chain) -> Option<Answer> {
        let tip = chain.tip().hash;
        if let Some((_, answer)) = self.verdict.as_ref().filter(|(of, _)| *of == tip) {
            return Some(answer.clone());
        }
        self.queue.push(asker, until).err().map(|receipt| Answer::refusal(UNAVAILABLE, &receipt))
    }

    /// Whether [`Validity::step`] has something to do.
    pub(super) fn is_busy(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Verifies a little more; at the end, answers all who wait.
    pub(super) fn step(&mut self, chain: &Chain) -> Vec<Deed> {
        if self.queue.is_empty() {
            return Vec::new();
        }
        let Some(answer) = self.audit.run(chain, AUDIT_HEADERS) else { return Vec::new() };
        self.verdict = Some((chain.tip().hash, answer.clone()));
        self.queue.take_all().into_iter().map(|asker| Deed::Answer(asker, answer.clone())).collect()
    }

    /// Answers those whose time is up.
    pub(super) fn wake(&mut self, now: Timestamp) -> Vec<Deed> {
        too_late(self.queue.take_late(now), "a verdict on the whole chain")
    }

    /// Forgets those who wait no longer.
    pub(super) fn forget(&mut self, gone: impl FnMut(&Asker) -> bool) -> Vec<Deed> {
        self.queue.take_if(gone).into_iter().map(Deed::Drop).collect()
    }

    /// When somebody's time is up next.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.queue.next_due()
    }
}
