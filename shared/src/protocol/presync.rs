//! Headers before they are kept: what a branch must be worth to take memory.
//!
//! Headers of little work cost next to nothing to make, and a tree that kept all of them could be filled with millions.
//! So a branch is kept from the start only where it leads to more work than this node's own chain within one message;
//! a branch of less work only while few such blocks are kept. Where a peer claims more work than it shows at first (its
//! chain left ours long ago), its headers are looked through twice, as Bitcoin Core does since version 24: first they
//! are checked, added up and forgotten but for a mark every so often; when they have more work than this node's chain,
//! they are asked for again, compared with the marks, and kept.

use super::fault::PeerError;
use super::limits::{LOW_WORK_BLOCKS_MAX, PRESYNC_HEADERS_MAX, PRESYNC_MARK_SPAN, PRESYNCS_MAX};
use super::node::Node;
use super::peer::PeerId;
use crate::rules::block::BlockError;
use crate::rules::header::HeaderError;
use crate::state::Walk;
use crate::values::{BlockHash, Header, Height, Timestamp, Work};

/// What stands for a header that was looked at: as much of its hash as nobody finds twice.
type Mark = [u8; 8];

/// A branch that is looked through before it is kept.
#[derive(Debug)]
pub(super) struct Presync {
    /// The known block that it builds on, and its height.
    start: BlockHash,
    start_height: Height,
    /// The work that the peer claims for its chain.
    claimed: Work,
    walk: Walk,
    /// One for every [`PRESYNC_MARK_SPAN`]th header above the start.
    marks: Vec<Mark>,
    /// The first header with more work than this node's chain: from then on headers are kept.
    worthy: Option<(BlockHash, Height)>,
}

/// What is done with headers that came.
pub(super) enum Course {
    /// They are taken, up to so many, and more are asked for above them.
    Take(usize),
    /// They are not kept, and more are asked for: those above the last of these hashes that the peer knows.
    Ask(Vec<BlockHash>),
    /// They are not kept, and neither is what comes after them.
    Leave,
}

fn mark(hash: &BlockHash) -> Mark {
    hash.as_bytes()[..8].try_into().expect("8 of 32 bytes")
}

/// How many blocks a height is above the start.
fn steps(start: Height, height: Height) -> usize {
    height.as_u64().saturating_sub(start.as_u64()) as usize
}

impl Presync {
    fn new(walk: Walk, claimed: Work) -> Self {
        let (start, start_height) = (walk.hash(), walk.height());
        Self { start, start_height, claimed, walk, marks: Vec::new(), worthy: None }
    }

    /// How many marks are kept.
    pub(super) fn marks_len(&self) -> usize {
        self.marks.len()
    }

    fn count(&self) -> usize {
        steps(self.start_height, self.walk.height())
    }

    /// Looks at one header more.
    fn look(&mut self, node: &Node, header: &Header, now: Timestamp) -> Result<(), HeaderError> {
        self.walk.step(header, node.chain.params(), now)?;
        if self.count().is_multiple_of(PRESYNC_MARK_SPAN) {
            self.marks.push(mark(&self.walk.hash()));
        }
        if self.worthy.is_none() && self.walk.work() > node.chain.tip().work {
            self.worthy = Some((self.walk.hash(), self.walk.height()));
        }
        Ok(())
    }

    /// How many of these headers, which follow the ones that were kept, are those that were looked at: up to the last
    /// mark among them, or up to the end.
    fn matching(&self, headers: &[Header], worthy: (BlockHash, Height)) -> Result<usize, PeerError> {
        let mut matching = 0;
        for (at, header) in headers.iter().enumerate() {
            let step = steps(self.start_height, header.height);
            let is_end = header.height == worthy.1;
            let is_marked = step > 0 && step.is_multiple_of(PRESYNC_MARK_SPAN);
            if !is_end && !is_marked {
                continue;
            }
            let hash = header.hash();
            let is_same = if is_end {
                hash == worthy.0
            } else {
                self.marks.get(step / PRESYNC_MARK_SPAN - 1) == Some(&mark(&hash))
            };
            if !is_same {
                return Err(PeerError::OtherHeaders);
            }
            matching = at + 1;
            if is_end {
                break;
            }
        }
        Ok(matching)
    }
}

impl Node {
    /// Whether headers that lead to no more work than this node's own chain may still be kept.
    fn has_room_for_low_work(&self, headers: usize) -> bool {
        self.chain.beside() + headers <= LOW_WORK_BLOCKS_MAX
    }

    /// Decides what is done with headers that a peer was asked for.
    ///
    /// # Errors
    /// When one breaks a rule, or they are not those that were looked at before.
    pub(super) fn judge_answer(
        &mut self,
        peer: PeerId,
        headers: &[Header],
        more: bool,
        now: Timestamp,
    ) -> Result<Course, PeerError> {
        match self.ready_mut(peer).presync.take() {
            Some(presync) => self.go_on(presync, peer, headers, more, now),
            None => self.judge_headers(peer, headers, more, now),
        }
    }

    /// Decides what is done with headers of one branch, lowest first, that a peer sent.
    ///
    /// # Errors
    /// When one breaks a rule.
    pub(super) fn judge_headers(
        &mut self,
        peer: PeerId,
        headers: &[Header],
        more: bool,
        now: Timestamp,
    ) -> Result<Course, PeerError> {
        let Some(walk) = headers.first().and_then(|first| self.chain.walk_from(&first.previous_hash)) else {
            // Nothing to begin at: the rules say what is wrong.
            return Ok(Course::Take(headers.len()));
        };
        let ours = self.chain.tip().work;
        if walk.work().saturating_add(walk.next_target(self.chain.params()).work()) > ours {
            return Ok(Course::Take(headers.len()));
        }
        let claimed = self.ready(peer).status.tip.work;
        let mut presync = Presync::new(walk, claimed);
        self.look(&mut presync, peer, headers, now)?;
        let unknown = headers.iter().filter(|header| self.chain.header(&header.hash()).is_none()).count();
        let is_promising = more && claimed > ours;
        let may_be_kept = !is_promising && self.has_room_for_low_work(unknown);
        if presync.worthy.is_some() || may_be_kept || unknown == 0 {
            return Ok(Course::Take(headers.len()));
        }
        if !is_promising || self.presyncs() >= PRESYNCS_MAX {
            return Ok(Course::Leave);
        }
        self.go_on_looking(presync, peer)
    }

    /// How many peers' branches are being looked through.
    pub(super) fn presyncs(&self) -> usize {
        self.ready_peers().filter(|(_, ready)| ready.presync.is_some()).count()
    }

    fn go_on(
        &mut self,
        mut presync: Presync,
        peer: PeerId,
        headers: &[Header],
        more: bool,
        now: Timestamp,
    ) -> Result<Course, PeerError> {
        if let Some(worthy) = presync.worthy {
            let matching = presync.matching(headers, worthy)?;
            if matching == 0 {
                return Ok(Course::Leave);
            }
            if headers[matching - 1].hash() != worthy.0 {
                self.ready_mut(peer).presync = Some(presync);
            }
            return Ok(Course::Take(matching));
        }
        let before = presync.count();
        self.look(&mut presync, peer, headers, now)?;
        if presync.worthy.is_some() {
            let start = presync.start;
            self.ready_mut(peer).presync = Some(presync);
            return Ok(Course::Ask(vec![start]));
        }
        if more && before < presync.count() && presync.count() < PRESYNC_HEADERS_MAX {
            return self.go_on_looking(presync, peer);
        }
        let tip = self.ready(peer).status.tip;
        if presync.walk.hash() == tip.hash && presync.walk.work() < presync.claimed {
            return Err(PeerError::Claim { claimed: presync.claimed, found: presync.walk.work() });
        }
        Ok(Course::Leave)
    }

    fn go_on_looking(&mut self, presync: Presync, peer: PeerId) -> Result<Course, PeerError> {
        let locator = vec![presync.walk.hash(), presync.start];
        self.ready_mut(peer).presync = Some(presync);
        Ok(Course::Ask(locator))
    }

    fn look(
        &mut self,
        presync: &mut Presync,
        peer: PeerId,
        headers: &[Header],
        now: Timestamp,
    ) -> Result<(), PeerError> {
        for header in headers {
            match presync.look(self, header, now) {
                Ok(()) => {}
                Err(error) if error.is_misbehaviour() => {
                    return Err(self.refuse_block(header.hash(), BlockError::from(error), Some(peer)));
                }
                // Of another branch, or too far ahead of the clock: what follows it is no better.
                Err(error) => {
                    self.note_early(peer, header, &error, now);
                    break;
                }
            }
        }
        Ok(())
    }
}
