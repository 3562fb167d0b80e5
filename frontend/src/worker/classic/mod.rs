//! The tutorial's node in a tab of a classic room: the same six requests, from the page and over HTTP.
//!
//! `shared::classic` is the node; here is what its script does not have: a proof is searched for in slices, so that the
//! worker goes on; other nodes' chains come through the relay; and whatever changes is kept, and told to the relay, before
//! anybody is answered. Membership, names and pings are the sealed node's beside it, whose own chain stays at its genesis.

mod body;
mod commands;
#[cfg(test)]
mod tests;
mod view;

use shared::classic::answers::{chain_answer, mine_answer, valid_answer};
use shared::classic::{Node, NodeError, Outcome, ProofSearch, answer, replaced};
use shared::exchange::{Answer, ToRelay};
use shared::tutorial::Call;
use shared::{NodeId, Receipt, Refusal, Timestamp};

pub use self::commands::{told, understood};
use self::view::Views;
use super::http::deed::{Deed, Tab, UNAVAILABLE, refuse, too_late};
use super::http::fetches::Fetches;
use super::http::queue::{Asker, Queue};
use super::store::Record;
use crate::node::view::ClassicView;

/// How many may wait for a block.
const MINES_MAX: usize = 16;
/// How many may wait for the end of one Replace chain.
const REPLACES_MAX: usize = 64;
/// Attempts at a proof in one slice: a few milliseconds, about an eighth of a search.
const SLICE_ATTEMPTS: u64 = 8_192;

/// The classic node of a tab.
#[derive(Clone, Debug)]
pub struct Classic {
    node: Node,
    /// The revision that is kept.
    kept: Option<u64>,
    search: Option<ProofSearch>,
    mines: Queue,
    fetches: Fetches,
    replaces: Queue,
    /// What reading requests are answered with, for as long as nothing changes.
    readings: Option<Readings>,
    views: Views,
}

/// Answers that cost a look at the whole chain.
#[derive(Clone, Debug)]
struct Readings {
    revision: u64,
    chain: Answer,
    valid: Answer,
    is_valid: bool,
}

impl Classic {
    /// The node as it was kept, or a new one. What cannot be taken up again is told of by its receipt.
    pub fn open(id: NodeId, name: &str, kept: Option<&str>, now: Timestamp) -> (Self, Option<Receipt>) {
        let restored = kept.map(|kept| Node::restore(id, name, kept));
        let (node, kept, trouble) = match restored {
            Some(Ok(node)) => (Some(node), Some(0), None),
            Some(Err(error)) => (None, None, Some(error.receipt())),
            None => (None, None, None),
        };
        let classic = Self {
            node: node.unwrap_or_else(|| Node::new(id, name, now)),
            kept,
            search: None,
            mines: Queue::new(MINES_MAX),
            fetches: Fetches::default(),
            replaces: Queue::new(REPLACES_MAX),
            readings: None,
            views: Views::default(),
        };
        (classic, trouble)
    }

    /// Answers a request, now or by `until`.
    pub fn call(&mut self, asker: Asker, call: &Call, until: Timestamp, tab: &Tab<'_>) -> Vec<Deed> {
        let done = match call {
            Call::GetChain { .. } => Some(self.readings().chain.clone()),
            Call::IsValid => Some(self.readings().valid.clone()),
            Call::MineBlock => self.mine(asker, until).err(),
            Call::ReplaceChain => return self.replace(asker, until, tab),
            Call::ConnectNode { body } => {
                let body = Self::named(body, tab);
                self.do_now(&Call::ConnectNode { body }, tab.now)
            }
            Call::DisconnectNode { body } => {
                let body = Self::named(body, tab);
                self.do_now(&Call::DisconnectNode { body }, tab.now)
            }
            Call::AddTransaction { .. } | Call::StartOver | Call::DropTransactions => self.do_now(call, tab.now),
        };
        let mut deeds = self.keep();
        deeds.extend(done.map(|answer| Deed::Answer(asker, answer)));
        deeds
    }

    /// The body of a request that names nodes, each by a URL whose netloc says all.
    fn named(body: &str, tab: &Tab<'_>) -> String {
        let is_known = |id: &NodeId| tab.knows(id);
        body::named(body, body::Site { origin: tab.origin, is_known: &is_known })
    }

    /// Hears what came of asking another node.
    pub fn fetched(&mut self, number: u64, result: Result<String, Receipt>, now: Timestamp) -> Vec<Deed> {
        self.fetches.hear(number, result);
        self.end_replace(now)
    }

    /// Notes that the relay is gone, and with it what it was asked.
    pub fn relay_lost(&mut self, now: Timestamp) -> Vec<Deed> {
        self.fetches.relay_lost();
        self.end_replace(now)
    }

    /// What a relay that was just reached is told.
    pub fn greeting(&mut self) -> Vec<Deed> {
        let mut deeds = self.keep();
        if deeds.is_empty() {
            deeds.push(self.tell());
        }
        deeds
    }

    /// Does what is due, and a slice of the search.
    pub fn wake(&mut self, now: Timestamp) -> Vec<Deed> {
        let mut deeds = too_late(self.mines.take_late(now), "a block mined by this tab");
        deeds.extend(too_late(self.replaces.take_late(now), "the chains of the other nodes"));
        deeds.extend(self.end_replace(now));
        deeds.extend(self.dig(now));
        deeds
    }

    /// Forgets askers that wait no longer.
    pub fn forget(&mut self, mut gone: impl FnMut(&Asker) -> bool) -> Vec<Deed> {
        let mut askers = self.mines.take_if(&mut gone);
        askers.extend(self.replaces.take_if(&mut gone));
        askers.into_iter().map(Deed::Drop).collect()
    }

    /// Whether a proof is being searched for.
    pub fn is_busy(&self) -> bool {
        !self.mines.is_empty()
    }

    /// When [`Classic::wake`] has something to do.
    pub fn next_due(&self) -> Option<Timestamp> {
        [self.mines.next_due(), self.replaces.next_due(), self.fetches.next_due()].into_iter().flatten().min()
    }

    /// Gives the rewards to another name from now on.
    pub fn rename(&mut self, name: &str) {
        self.node.rename(name);
    }

    /// The places of the connected nodes.
    pub fn nodes(&self) -> Vec<String> {
        self.node.nodes().map(str::to_owned).collect()
    }

    /// Connects it to these nodes and no others.
    pub fn connect_only(&mut self, nodes: &[String]) -> Vec<Deed> {
        self.node.connect_only(nodes.iter().cloned());
        self.keep()
    }

    /// The node as the page draws it.
    pub fn view(&mut self) -> ClassicView {
        let is_valid = self.readings().is_valid;
        self.views.view(&self.node, || is_valid, self.is_busy())
    }

    /// The chain as a JSON array.
    pub fn chain_json(&self) -> String {
        self.node.chain().to_json()
    }

    fn do_now(&mut self, call: &Call, now: Timestamp) -> Option<Answer> {
        match answer(&mut self.node, call, now) {
            Outcome::Answer(answer) => Some(answer),
            // Only `replace_chain` asks others.
            Outcome::Replace { .. } => None,
        }
    }

    fn readings(&mut self) -> &Readings {
        let (node, revision) = (&self.node, self.node.revision());
        self.readings.take_if(|readings| readings.revision != revision);
        self.readings.get_or_insert_with(|| Readings {
            revision,
            chain: chain_answer(node.chain()),
            valid: valid_answer(node.chain()),
            is_valid: node.chain().is_valid(),
        })
    }

    /// Lets somebody wait for a block.
    fn mine(&mut self, asker: Asker, until: Timestamp) -> Result<(), Answer> {
        // A chain that no proof can follow is refused at once.
        let search = self.node.search().map_err(|error| Answer::refusal(409, &error.receipt()))?;
        self.mines.push(asker, until).map_err(|receipt| Answer::refusal(UNAVAILABLE, &receipt))?;
        self.search.get_or_insert(search);
        Ok(())
    }

    /// Searches a little for the next block's proof, and makes the block when it is found.
    fn dig(&mut self, now: Timestamp) -> Vec<Deed> {
        if self.mines.is_empty() {
            self.search = None;
            return Vec::new();
        }
        if self.search.is_none() {
            match self.node.search() {
                Ok(search) => self.search = Some(search),
                Err(error) => return self.refuse_mines(&error),
            }
        }
        let Some(proof) = self.search.as_mut().and_then(|search| search.run(SLICE_ATTEMPTS)) else { return Vec::new() };
        self.search = None;
        let answer = match self.node.mined(proof, now) {
            Ok(block) => mine_answer(block),
            // The chain was replaced meanwhile: the next slice searches for a proof after its new end.
            Err(NodeError::Stale { .. }) => return Vec::new(),
            Err(error) => return self.refuse_mines(&error),
        };
        let mut deeds = self.keep();
        deeds.extend(self.mines.pop().map(|asker| Deed::Answer(asker, answer)));
        deeds
    }

    fn refuse_mines(&mut self, error: &NodeError) -> Vec<Deed> {
        let receipt = error.receipt();
        self.mines.take_all().into_iter().map(|asker| refuse(asker, 409, &receipt)).collect()
    }

    /// Asks the connected nodes for their chains, or waits for the answers that are on their way.
    fn replace(&mut self, asker: Asker, until: Timestamp, tab: &Tab<'_>) -> Vec<Deed> {
        if let Err(receipt) = self.replaces.push(asker, until) {
            return vec![refuse(asker, UNAVAILABLE, &receipt)];
        }
        if self.fetches.next_due().is_some() {
            return Vec::new();
        }
        let nodes: Vec<String> = self.node.nodes().map(str::to_owned).collect();
        let mut deeds: Vec<Deed> =
            self.fetches.start(&nodes, tab.is_linked, tab.now).into_iter().map(Deed::Tell).collect();
        deeds.extend(self.end_replace(tab.now));
        deeds
    }

    fn end_replace(&mut self, now: Timestamp) -> Vec<Deed> {
        let Some(done) = self.fetches.take_done(now) else { return Vec::new() };
        let answer = replaced(&mut self.node, done);
        let mut deeds = self.keep();
        deeds.extend(self.replaces.take_all().into_iter().map(|asker| Deed::Answer(asker, answer.clone())));
        deeds
    }

    /// What is to be kept, where something changed; a new node is kept before anybody asks.
    pub fn to_keep(&mut self) -> Option<(Record, Vec<u8>)> {
        let revision = self.node.revision();
        let is_kept = self.kept.replace(revision) == Some(revision);
        let save = || borsh::to_vec(&self.node.save()).expect("writing to memory does not fail");
        (!is_kept).then(|| (Record::Classic, save()))
    }

    /// Has the node kept, and the relay told, where something changed.
    fn keep(&mut self) -> Vec<Deed> {
        let kept = self.to_keep();
        kept.map_or_else(Vec::new, |(record, value)| vec![Deed::Keep(record, value), self.tell()])
    }

    fn tell(&self) -> Deed {
        Deed::Tell(ToRelay::Keep { chain: self.chain_json() })
    }
}
