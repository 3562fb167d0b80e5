//! Replace chain: asks every peer for its chain, adopts the valid one with the most work, and says what came of each.
//!
//! The chain of a member is known by its tip, and whoever is linked can be asked for it: the member itself, or the
//! relay, which keeps every branch. So even the chain of a member who has left can be asked for.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::limits::REPLACE_MS;
use super::message::{Message, Role};
use super::node::Node;
use super::output::Event;
use super::peer::PeerId;
use crate::rules::receipt::{Receipt, Refusal};
use crate::state::{BlockStatus, Tip};
use crate::values::{BlockHash, NodeId, NodeName, Timestamp, Work};

/// The rule that a chain has the work that is claimed for it.
const CLAIM: &str = "claimed work";

/// What came of one peer's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It had the most work and is now this node's chain.
    Adopted,
    /// It ends in the same block.
    SameTip,
    /// It has less work.
    LessWork {
        /// Theirs.
        theirs: Work,
        /// Ours.
        ours: Work,
    },
    /// Another chain of equal work: the one seen first stays.
    EqualWork,
    /// It broke a rule, or was not what it was said to be.
    Refused(Receipt),
    /// It could not be had in time.
    NoAnswer,
}

/// What came of asking one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerVerdict {
    /// Who.
    pub id: NodeId,
    /// Its name.
    pub name: NodeName,
    /// The end of its chain, as it claimed.
    pub tip: Tip,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of asking everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaceReport {
    /// Whether another chain was adopted.
    pub replaced: bool,
    /// The end of this node's chain now.
    pub tip: Tip,
    /// One for each peer.
    pub verdicts: Vec<PeerVerdict>,
}

/// How far Replace chain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplaceProgress {
    /// How many peers are asked.
    pub asked: usize,
    /// How many of them are done with.
    pub answered: usize,
}

/// How far one peer's chain is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// Some of it is yet to come.
    Open,
    /// All of it is here.
    Here,
    /// Done with.
    Done(Verdict),
}

/// One peer's chain.
#[derive(Debug)]
struct Candidate {
    name: NodeName,
    tip: Tip,
    stage: Stage,
    /// The lowest of its blocks whose body is yet to come, when last looked.
    next_missing: Option<BlockHash>,
}

impl Candidate {
    fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    fn end(&mut self, verdict: Verdict) {
        if self.is_open() {
            self.stage = Stage::Done(verdict);
        }
    }
}

/// A run of Replace chain.
#[derive(Debug)]
struct Run {
    /// The tip when it began.
    before: Tip,
    candidates: BTreeMap<NodeId, Candidate>,
    /// When it last came further.
    progress: Timestamp,
}

impl Run {
    /// The open candidates whose chain ends in this block.
    fn open(&mut self, head: &BlockHash) -> impl Iterator<Item = &mut Candidate> {
        self.candidates.values_mut().filter(|candidate| candidate.is_open() && candidate.tip.hash == *head)
    }
}

/// The run under way and the last report.
#[derive(Debug, Default)]
pub(super) struct Replace {
    run: Option<Run>,
    report: Option<ReplaceReport>,
}

impl Replace {
    /// The clock was set back.
    pub(super) fn set_back(&mut self, ms: u64) {
        if let Some(run) = &mut self.run {
            run.progress = run.progress.minus_ms(ms);
        }
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.run.as_ref().map(|run| run.progress.plus_ms(REPLACE_MS))
    }
}

impl Node {
    /// Asks every peer for its chain, and adopts the valid one with the most work. What came of it is an
    /// [`Event::ReplaceFinished`].
    pub fn replace_chain(&mut self, now: Timestamp) {
        let ours = self.chain.tip();
        let mut asked: BTreeMap<NodeId, (NodeName, Tip)> = BTreeMap::new();
        for member in self.roster.iter().filter(|member| member.online || self.roster.is_pinned(&member.id)) {
            asked.insert(member.id, (member.name.clone(), member.tip));
        }
        // What a peer says itself is newer than what is said of it.
        for (_, ready) in self.ready_peers() {
            asked.insert(ready.id, (ready.status.name.clone(), ready.status.tip));
        }
        asked.remove(&self.id());
        let candidate = |(id, (name, tip)): (NodeId, (NodeName, Tip))| {
            let stage = match tip.work.cmp(&ours.work) {
                _ if tip.hash == ours.hash => Stage::Done(Verdict::SameTip),
                Ordering::Less => Stage::Done(Verdict::LessWork { theirs: tip.work, ours: ours.work }),
                Ordering::Equal => Stage::Done(Verdict::EqualWork),
                Ordering::Greater => Stage::Open,
            };
            (id, Candidate { name, tip, stage, next_missing: None })
        };
        let candidates = asked.into_iter().map(candidate).collect();
        self.replace.run = Some(Run { before: ours, candidates, progress: now });
        self.alarm(now.plus_ms(REPLACE_MS));
        self.replace_ask(now);
        self.replace_settle(now);
    }

    /// What came of the last Replace chain.
    pub fn replace_report(&self) -> Option<&ReplaceReport> {
        self.replace.report.as_ref()
    }

    /// How far Replace chain is, while it runs.
    pub fn replace_progress(&self) -> Option<ReplaceProgress> {
        let run = self.replace.run.as_ref()?;
        let answered = run.candidates.values().filter(|candidate| !candidate.is_open()).count();
        Some(ReplaceProgress { asked: run.candidates.len(), answered })
    }

    /// Whether a branch is one that Replace chain is fetching.
    pub(super) fn replace_wants(&self, head: &BlockHash) -> bool {
        let run = self.replace.run.as_ref();
        run.is_some_and(|run| run.candidates.values().any(|one| one.is_open() && one.tip.hash == *head))
    }

    /// Who can be asked for a member's chain: the member itself, or else the relay.
    fn replace_source(&self, id: &NodeId) -> Option<PeerId> {
        let itself = self.ready_peers().find(|(_, ready)| ready.id == *id);
        itself.or_else(|| self.ready_peers().find(|(_, ready)| ready.role == Role::Relay)).map(|(peer, _)| peer)
    }

    /// Asks for what is still to come.
    pub(super) fn replace_ask(&mut self, now: Timestamp) {
        let Some(run) = &self.replace.run else { return };
        let open = run.candidates.iter().filter(|(_, candidate)| candidate.is_open());
        let open: Vec<(NodeId, BlockHash)> = open.map(|(id, candidate)| (*id, candidate.tip.hash)).collect();
        for (id, head) in open {
            self.replace_check(&head, now);
            if !self.replace_wants(&head) || self.fetching.is_wanted(&head) {
                continue;
            }
            match self.replace_source(&id) {
                Some(peer) => self.fetch(peer, head, now),
                None => self.replace_end(&head, &Verdict::NoAnswer),
            }
        }
    }

    /// Compares what is known of a chain with what is claimed of it.
    fn replace_check(&mut self, head: &BlockHash, now: Timestamp) {
        let Some(found) = self.chain.tip_of(head) else { return };
        if self.chain.status(head) == Some(BlockStatus::Invalid) {
            let header = *self.chain.header(head).expect("a block with a status has a header");
            if let Err(error) = self.chain.insert_header(header, now) {
                self.replace_end(head, &Verdict::Refused(error.receipt()));
            }
        }
        let is_here = self.chain.is_complete(head);
        let Some(run) = &mut self.replace.run else { return };
        for candidate in run.open(head) {
            if candidate.tip.work > found.work {
                let receipt = Receipt::new(CLAIM, candidate.tip.work.to_string(), found.work.to_string());
                candidate.end(Verdict::Refused(receipt));
            } else if is_here {
                candidate.stage = Stage::Here;
            }
        }
    }

    fn replace_end(&mut self, head: &BlockHash, verdict: &Verdict) {
        let Some(run) = &mut self.replace.run else { return };
        run.open(head).for_each(|candidate| candidate.end(verdict.clone()));
    }

    /// A request for headers toward `head` was answered, or given up.
    pub(super) fn replace_headers_done(&mut self, head: &BlockHash, peer: PeerId, is_answered: bool, now: Timestamp) {
        if self.replace_wants(head) {
            if self.chain.header(head).is_some() {
                self.replace_progress_made(now);
                self.want(*head, peer, now);
            } else if let Some(receipt) = self.early_receipt(peer, now).filter(|_| is_answered) {
                self.replace_end(head, &Verdict::Refused(receipt));
            } else if is_answered {
                let expected = format!("the chain that ends in block {}", head.short());
                self.replace_end(head, &Verdict::Refused(Receipt::new(CLAIM, expected, "none that leads there")));
            } else {
                self.replace_end(head, &Verdict::NoAnswer);
            }
        }
        self.replace_ask(now);
        self.replace_settle(now);
    }

    /// Something came that was asked for.
    pub(super) fn replace_progress_made(&mut self, now: Timestamp) {
        if let Some(run) = &mut self.replace.run {
            run.progress = now;
        }
    }

    /// Nobody who led to a branch has all of its bodies.
    pub(super) fn replace_not_found(&mut self, head: &BlockHash) {
        if !self.fetching.is_wanted(head) {
            let expected = format!("the blocks of the chain that ends in {}", head.short());
            self.replace_end(head, &Verdict::Refused(Receipt::new("blocks", expected, "some that could not be had")));
        }
    }

    /// A block was refused: so is every chain that needs it, and whoever sent it.
    pub(super) fn replace_refused(&mut self, hash: &BlockHash, from: Option<NodeId>, receipt: &Receipt) {
        let chain = &self.chain;
        let Some(run) = &mut self.replace.run else { return };
        for (id, candidate) in &mut run.candidates {
            let head = candidate.tip.hash;
            if head == *hash || Some(*id) == from || chain.status(&head) == Some(BlockStatus::Invalid) {
                candidate.end(Verdict::Refused(receipt.clone()));
            }
        }
    }

    /// A link is gone: whatever it was asked for is asked of another, or given up.
    pub(super) fn replace_peer_gone(&mut self, now: Timestamp) {
        self.replace_ask(now);
        self.replace_settle(now);
    }

    /// Sees what has come, and finishes when nothing is open any more or nothing comes.
    pub(super) fn replace_settle(&mut self, now: Timestamp) {
        let Some(run) = &mut self.replace.run else { return };
        for candidate in run.candidates.values_mut().filter(|candidate| candidate.is_open()) {
            let head = &candidate.tip.hash;
            if self.chain.is_complete(head) {
                candidate.stage = Stage::Here;
                continue;
            }
            let next = self.chain.missing_bodies(head, 1).first().copied();
            if candidate.next_missing != next {
                candidate.next_missing = next;
                run.progress = now;
            }
        }
        let is_late = now >= run.progress.plus_ms(REPLACE_MS);
        if is_late || !run.candidates.values().any(Candidate::is_open) {
            self.replace_finish();
        }
    }

    fn replace_finish(&mut self) {
        let Some(run) = self.replace.run.take() else { return };
        let tip = self.chain.tip();
        let replaced = tip.hash != run.before.hash;
        let mut adopted = false;
        let mut verdicts = Vec::new();
        for (id, Candidate { name, tip: claimed, stage, .. }) in run.candidates {
            let verdict = match stage {
                Stage::Done(verdict) => verdict,
                Stage::Open => Verdict::NoAnswer,
                Stage::Here if claimed.hash != tip.hash && claimed.work == tip.work => Verdict::EqualWork,
                Stage::Here if claimed.hash != tip.hash => Verdict::LessWork { theirs: claimed.work, ours: tip.work },
                Stage::Here if replaced && !adopted => {
                    adopted = true;
                    Verdict::Adopted
                }
                Stage::Here => Verdict::SameTip,
            };
            verdicts.push(PeerVerdict { id, name, tip: claimed, verdict });
        }
        let report = ReplaceReport { replaced, tip, verdicts };
        self.replace.report = Some(report.clone());
        if replaced {
            // Payments that could not be judged before can be now.
            self.broadcast(&Message::GetMempool);
        }
        self.put_event(Event::ReplaceFinished(report));
        self.drop_unwanted();
    }
}
