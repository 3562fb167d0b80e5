//! Replace chain: asks every peer for its chain, adopts the valid one with the most work, and says what came of each.
//!
//! The chain of a member is known by its tip, and whoever is linked can be asked for it: the member itself, or the
//! relay, which keeps every branch. So even the chain of a member who has left can be asked for.

use std::collections::BTreeMap;

use super::limits::REPLACE_MS;
use super::message::{Message, Role};
use super::node::Node;
use super::output::Event;
use super::peer::PeerId;
use crate::rules::receipt::Receipt;
use crate::state::{BlockStatus, Tip};
use crate::values::{BlockHash, NodeId, NodeName, Timestamp, Work};

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
    /// Its headers are yet to come.
    Headers,
    /// Its headers are here; its bodies are yet to come.
    Bodies,
    /// All of it is here.
    Here,
    /// Done with.
    Done(Verdict),
}

/// A run of Replace chain.
#[derive(Debug)]
struct Run {
    /// The tip when it began.
    before: Tip,
    candidates: BTreeMap<NodeId, (NodeName, Tip, Stage)>,
    /// When it last came further.
    progress: (Timestamp, Tip),
}

/// The run under way and the last report.
#[derive(Debug, Default)]
pub(super) struct Replace {
    run: Option<Run>,
    report: Option<ReplaceReport>,
}

impl Replace {
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.run.as_ref().map(|run| run.progress.0.plus_ms(REPLACE_MS))
    }
}

impl Node {
    /// Asks every peer for its chain, and adopts the valid one with the most work. What came of it is an
    /// [`Event::ReplaceFinished`].
    pub fn replace_chain(&mut self, now: Timestamp) {
        let ours = self.chain.tip();
        let mut run = Run { before: ours, candidates: BTreeMap::new(), progress: (now, ours) };
        let mut asked: BTreeMap<NodeId, (NodeName, Tip)> = BTreeMap::new();
        for member in self.roster.iter().filter(|member| member.online || self.roster.is_pinned(&member.id)) {
            asked.insert(member.id, (member.name.clone(), member.tip));
        }
        // What a peer says itself is newer than what is said of it.
        for (_, ready) in self.ready_peers() {
            asked.insert(ready.id, (ready.status.name.clone(), ready.status.tip));
        }
        asked.remove(&self.id());
        for (id, (name, tip)) in asked {
            let stage = match self.chain.status(&tip.hash) {
                _ if tip.hash == ours.hash => Stage::Done(Verdict::SameTip),
                _ if tip.work < ours.work => Stage::Done(Verdict::LessWork { theirs: tip.work, ours: ours.work }),
                _ if tip.work == ours.work => Stage::Done(Verdict::EqualWork),
                None => Stage::Headers,
                Some(_) => Stage::Bodies,
            };
            run.candidates.insert(id, (name, tip, stage));
        }
        self.replace.run = Some(run);
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
        let is_done = |(_, _, stage): &&(NodeName, Tip, Stage)| matches!(stage, Stage::Done(_));
        Some(ReplaceProgress { asked: run.candidates.len(), answered: run.candidates.values().filter(is_done).count() })
    }

    /// Whether a branch is one that Replace chain is fetching.
    pub(super) fn replace_wants(&self, head: &BlockHash) -> bool {
        self.replace.run.as_ref().is_some_and(|run| {
            run.candidates.values().any(|(_, tip, stage)| tip.hash == *head && !matches!(stage, Stage::Done(_)))
        })
    }

    /// Who can be asked for a member's chain: the member itself, or else the relay.
    fn replace_source(&self, id: &NodeId) -> Option<PeerId> {
        let itself = self.ready_peers().find(|(_, ready)| ready.id == *id);
        itself.or_else(|| self.ready_peers().find(|(_, ready)| ready.role == Role::Relay)).map(|(peer, _)| peer)
    }

    /// Asks for what is still to come.
    fn replace_ask(&mut self, now: Timestamp) {
        let Some(run) = &self.replace.run else { return };
        let open: Vec<(NodeId, BlockHash, bool)> = run
            .candidates
            .iter()
            .filter(|(_, (_, _, stage))| matches!(stage, Stage::Headers | Stage::Bodies))
            .map(|(id, (_, tip, stage))| (*id, tip.hash, *stage == Stage::Bodies))
            .collect();
        for (id, head, has_headers) in open {
            match self.replace_source(&id) {
                Some(peer) if !has_headers || !self.sync.is_wanted(&head) => self.fetch(peer, head, now),
                Some(_) => {}
                None => self.replace_set(&head, &Stage::Done(Verdict::NoAnswer)),
            }
        }
    }

    fn replace_set(&mut self, head: &BlockHash, stage: &Stage) {
        let Some(run) = &mut self.replace.run else { return };
        for (_, tip, current) in run.candidates.values_mut() {
            if tip.hash == *head && !matches!(current, Stage::Done(_)) {
                *current = stage.clone();
            }
        }
    }

    /// A request for headers toward `head` was answered, or given up.
    pub(super) fn replace_headers_done(&mut self, head: &BlockHash, peer: PeerId, now: Timestamp) {
        if !self.replace_wants(head) {
            return;
        }
        if let Some(run) = &mut self.replace.run {
            run.progress.0 = now;
        }
        let found = self.chain.tip_of(head);
        let stage = match found {
            Some(found) => {
                self.want(*head, peer, now);
                self.replace_claims(found);
                Stage::Bodies
            }
            None => Stage::Done(Verdict::NoAnswer),
        };
        self.replace_set(head, &stage);
        self.replace_ask(now);
    }

    /// A chain must have the work that was claimed for it.
    fn replace_claims(&mut self, found: Tip) {
        let Some(run) = &mut self.replace.run else { return };
        for (_, tip, stage) in run.candidates.values_mut().filter(|(_, tip, _)| tip.hash == found.hash) {
            if tip.work > found.work && !matches!(stage, Stage::Done(_)) {
                let receipt = Receipt::new("claimed work", tip.work.to_string(), found.work.to_string());
                *stage = Stage::Done(Verdict::Refused(receipt));
            }
        }
    }

    /// A block was refused: so is every chain that needs it.
    pub(super) fn replace_refused(&mut self, hash: &BlockHash, receipt: &Receipt) {
        let chain = &self.chain;
        let Some(run) = &mut self.replace.run else { return };
        for (_, tip, stage) in run.candidates.values_mut() {
            let is_lost = tip.hash == *hash || chain.status(&tip.hash) == Some(BlockStatus::Invalid);
            if is_lost && !matches!(stage, Stage::Done(_)) {
                *stage = Stage::Done(Verdict::Refused(receipt.clone()));
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
        let tip = self.chain.tip();
        let Some(run) = &mut self.replace.run else { return };
        if run.progress.1 != tip {
            run.progress = (now, tip);
        }
        for (_, claimed, stage) in run.candidates.values_mut() {
            if *stage == Stage::Bodies && self.chain.has_body(&claimed.hash) {
                *stage = Stage::Here;
            }
        }
        let is_open = |(_, _, stage): &(NodeName, Tip, Stage)| matches!(stage, Stage::Headers | Stage::Bodies);
        let is_late = now >= run.progress.0.plus_ms(REPLACE_MS);
        if run.candidates.values().any(is_open) && !is_late {
            return;
        }
        if let Some(run) = self.replace.run.take() {
            self.replace_finish(run);
        }
    }

    fn replace_finish(&mut self, run: Run) {
        let tip = self.chain.tip();
        let replaced = tip.hash != run.before.hash;
        let mut adopted = false;
        let mut verdicts = Vec::new();
        for (id, (name, claimed, stage)) in run.candidates {
            let verdict = match stage {
                Stage::Done(verdict) => verdict,
                Stage::Headers | Stage::Bodies => Verdict::NoAnswer,
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
        self.put_event(Event::ReplaceFinished(report));
        if replaced {
            // Payments that could not be judged before can be now.
            self.broadcast(&Message::GetMempool);
        }
    }
}
