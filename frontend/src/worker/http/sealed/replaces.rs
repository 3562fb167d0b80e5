//! `replace_chain` in a sealed room: first the nodes elsewhere are asked through the relay, which takes their blocks into
//! the room; then the node asks its peers, the relay among them, as it does on the button.

use shared::exchange::{Answer, ToRelay};
use shared::protocol::{ReplaceReport, Verdict};
use shared::state::chain::Chain;
use shared::tutorial::{self, Netloc, NodeVerdict};
use shared::{BlockHash, Receipt, Timestamp, Work};

use crate::worker::http::deed::{Deed, Tab, UNAVAILABLE, too_late};
use crate::worker::http::fetches::{Fetched, Fetches};
use crate::worker::http::queue::{Asker, Queue};

/// How many may wait for the end of one Replace chain.
const WAITING_MAX: usize = 64;

/// Where a Replace chain stands.
#[derive(Clone, Debug, Default)]
enum Stage {
    #[default]
    Idle,
    /// Nodes elsewhere are being asked.
    Fetching,
    /// The node asks its peers; this came of those elsewhere.
    Running(Vec<Fetched>),
}

/// The Replace chain under way and those who wait for its end.
#[derive(Clone, Debug)]
pub(super) struct Replaces {
    queue: Queue,
    fetches: Fetches,
    stage: Stage,
}

impl Default for Replaces {
    fn default() -> Self {
        Self { queue: Queue::new(WAITING_MAX), fetches: Fetches::default(), stage: Stage::Idle }
    }
}

impl Replaces {
    /// Lets somebody wait for the end of a Replace chain.
    pub(super) fn ask(&mut self, asker: Asker, until: Timestamp) -> Result<(), Answer> {
        self.queue.push(asker, until).map_err(|receipt| Answer::refusal(UNAVAILABLE, &receipt))
    }

    /// Starts, where none is under way: asks the nodes elsewhere and then the peers.
    pub(super) fn start(&mut self, elsewhere: &[String], tab: &mut Tab<'_>) -> Vec<ToRelay> {
        if !matches!(self.stage, Stage::Idle) {
            return Vec::new();
        }
        self.stage = Stage::Fetching;
        let told = self.fetches.start(elsewhere, tab.is_linked, tab.now);
        self.go_on(tab);
        told
    }

    /// Hears what came of asking a node elsewhere.
    pub(super) fn fetched(&mut self, number: u64, result: Result<String, Receipt>, tab: &mut Tab<'_>) {
        self.fetches.hear(number, result);
        self.go_on(tab);
    }

    /// Notes that the relay is gone, and with it what it was asked.
    pub(super) fn relay_lost(&mut self, tab: &mut Tab<'_>) {
        self.fetches.relay_lost();
        self.go_on(tab);
    }

    /// Answers those who wait with what came of it.
    pub(super) fn finished(&mut self, report: &ReplaceReport, chain: &Chain) -> Vec<Deed> {
        // The button's end is not the end of one that still asks elsewhere.
        let Stage::Running(fetched) = &mut self.stage else { return Vec::new() };
        let elsewhere: Vec<NodeVerdict> =
            std::mem::take(fetched).into_iter().map(|fetched| verdict(fetched, report, chain)).collect();
        self.stage = Stage::Idle;
        let answer = tutorial::replaced(report, &elsewhere);
        self.queue.take_all().into_iter().map(|asker| Deed::Answer(asker, answer.clone())).collect()
    }

    /// Goes on without nodes that are late, and answers those whose own time is up.
    pub(super) fn wake(&mut self, tab: &mut Tab<'_>) -> Vec<Deed> {
        self.go_on(tab);
        too_late(self.queue.take_late(tab.now), "the chains of the other nodes")
    }

    /// Forgets those who wait no longer.
    pub(super) fn forget(&mut self, gone: impl FnMut(&Asker) -> bool) -> Vec<Deed> {
        self.queue.take_if(gone).into_iter().map(Deed::Drop).collect()
    }

    /// When [`Replaces::wake`] has something to do.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        [self.queue.next_due(), self.fetches.next_due()].into_iter().flatten().min()
    }

    fn go_on(&mut self, tab: &mut Tab<'_>) {
        if matches!(self.stage, Stage::Fetching)
            && let Some(fetched) = self.fetches.take_done(tab.now)
        {
            self.stage = Stage::Running(fetched);
            tab.node.replace_chain(tab.now);
        }
    }
}

/// What came of a node elsewhere, once its blocks were offered by the relay like everybody's.
fn verdict((netloc, result): Fetched, report: &ReplaceReport, chain: &Chain) -> NodeVerdict {
    let verdict = match result.and_then(|text| tip(&text)) {
        Err(receipt) => Verdict::Refused(receipt),
        Ok(tip) if tip == report.tip.hash && report.replaced => Verdict::Adopted,
        Ok(tip) if tip == report.tip.hash => Verdict::SameTip,
        Ok(tip) => {
            // A chain that this node knows nothing of is one that the relay, which has it, does not follow itself.
            let (theirs, ours) = (chain.work_of(&tip).unwrap_or(Work::ZERO), report.tip.work);
            if theirs == ours { Verdict::EqualWork } else { Verdict::LessWork { theirs, ours } }
        }
    };
    let shown = Netloc::parse(&netloc).map_or_else(|_| String::new(), |netloc| netloc.shown());
    NodeVerdict::at(shown, &verdict)
}

/// The end of the chain that the relay took: `{"tip": …}`.
fn tip(text: &str) -> Result<BlockHash, Receipt> {
    let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let tip = json.as_ref().and_then(|json| json.get("tip")?.as_str()?.parse().ok());
    tip.ok_or_else(|| Receipt::new("answer of a node", "the hash of its last block", "none"))
}
