//! A classic node in a tab, as requests and the page meet it.

use shared::exchange::{Answer, Body, ToRelay};
use shared::testing::key;
use shared::tutorial::Call;
use shared::{NodeId, Timestamp};

use super::{Classic, told};
use crate::node::handle::{self, ClassicCommand};
use crate::worker::fixture::{Fixture, ORIGIN};
use crate::worker::http::deed::{Deed, Tab};
use crate::worker::http::queue::Asker;
use crate::worker::store::Record;

const ID: NodeId = NodeId::from_bytes([0xa0; 16]);
const BOB: NodeId = NodeId::from_bytes([0xb0; 16]);
const NOW: Timestamp = Timestamp::from_ms(1_700_000_000_000);

struct House {
    fixture: Fixture,
    classic: Classic,
    asked: u64,
}

impl House {
    fn new() -> Self {
        let (mut classic, trouble) = Classic::open(ID, "ada", None, NOW);
        assert_eq!(trouble, None);
        assert!(classic.to_keep().is_some(), "a new genesis is kept at once");
        Self { fixture: Fixture::new(1), classic, asked: 0 }
    }

    fn with<T>(&mut self, work: impl FnOnce(&mut Classic, &Tab<'_>) -> T) -> T {
        let wallet = key(1);
        let mut tab = self.fixture.tab(&wallet, &[]);
        tab.now = NOW;
        work(&mut self.classic, &tab)
    }

    fn ask(&mut self, call: Call) -> (Asker, Vec<Deed>) {
        self.asked += 1;
        let asker = Asker::Relay { link: 1, number: self.asked, line: self.asked };
        (asker, self.with(|classic, tab| classic.call(asker, &call, NOW.plus_ms(120_000), tab)))
    }

    fn command(&mut self, command: ClassicCommand) -> Vec<Deed> {
        self.with(|classic, tab| classic.command(Asker::Page { number: 1 }, command, tab)).expect("not refused")
    }

    /// Wakes the node until something comes of it.
    fn dig(&mut self) -> Vec<Deed> {
        (0..1_000).map(|_| self.classic.wake(NOW)).find(|deeds| !deeds.is_empty()).expect("a proof")
    }
}

fn json(answer: &Answer) -> serde_json::Value {
    let Body::Json(text) = &answer.body else { panic!("{answer:?}") };
    serde_json::from_str(text).expect("JSON")
}

/// The answer that comes last, after all that had to be done before.
fn last(deeds: &[Deed]) -> (Asker, Answer) {
    match deeds.last() {
        Some(Deed::Answer(asker, answer)) => (*asker, answer.clone()),
        other => panic!("{other:?}"),
    }
}

fn length(house: &mut House) -> u64 {
    let (_, deeds) = house.ask(Call::GetChain { query: String::new() });
    json(&last(&deeds).1)["length"].as_u64().expect("a number")
}

#[test]
fn a_block_is_kept_and_told_to_the_relay_before_anybody_is_answered() {
    let mut house = House::new();
    let (first, deeds) = house.ask(Call::MineBlock);
    assert!(deeds.is_empty() && house.classic.is_busy() && house.classic.view().mining);
    let (second, _) = house.ask(Call::MineBlock);
    for (asker, proof) in [(first, 533), (second, 45_293)] {
        let deeds = house.dig();
        let [Deed::Keep(Record::Classic, _), Deed::Tell(ToRelay::Keep { chain }), Deed::Answer(answered, answer)] =
            &deeds[..]
        else {
            panic!("{deeds:?}")
        };
        assert_eq!((*answered, &json(answer)["proof"]), (asker, &proof.into()));
        assert!(chain.contains(&format!("\"proof\":{proof}")), "{chain}");
    }
    assert!(!house.classic.is_busy());
    assert_eq!(length(&mut house), 3);
}

#[test]
fn what_is_kept_is_taken_up_again() {
    let mut house = House::new();
    house.command(ClassicCommand::Add {
        sender: "Ἀδα".to_owned(),
        receiver: "bob".to_owned(),
        amount: "5.0".to_owned(),
    });
    house.ask(Call::MineBlock);
    let deeds = house.dig();
    let Deed::Keep(_, kept) = &deeds[0] else { panic!("{deeds:?}") };
    let kept: String = borsh::from_slice(kept).expect("just written");
    let (mut again, trouble) = Classic::open(ID, "ada", Some(&kept), NOW.plus_ms(1));
    assert_eq!((trouble, again.to_keep()), (None, None), "nothing changed");
    assert_eq!(again.chain_json(), house.classic.chain_json());
    assert_eq!(again.view().blocks[0].transactions[0].amount, "5.0");
    let (mut new, trouble) = Classic::open(ID, "ada", Some("nonsense"), NOW);
    assert!(trouble.is_some() && new.to_keep().is_some());
}

#[test]
fn a_relay_that_is_reached_again_is_told_of_the_chain() {
    let mut house = House::new();
    let deeds = house.classic.greeting();
    assert!(matches!(&deeds[..], [Deed::Tell(ToRelay::Keep { chain })] if *chain == house.classic.chain_json()));
}

#[test]
fn a_longer_chain_is_adopted_through_the_relay() {
    let mut other = House::new();
    for _ in 0..2 {
        other.ask(Call::MineBlock);
        other.dig();
    }
    let (_, theirs) = other.ask(Call::GetChain { query: String::new() });
    let Body::Json(theirs) = last(&theirs).1.body else { panic!("JSON") };
    let mut house = House::new();
    let body = format!(r#"{{"nodes": ["{ORIGIN}/nodes/{BOB}", "http://127.0.0.1:5002"]}}"#);
    let (_, deeds) = house.ask(Call::ConnectNode { body });
    let nodes = serde_json::json!(["127.0.0.1:5002", format!("{BOB}@127.0.0.1:5001")]);
    assert_eq!(json(&last(&deeds).1)["total_nodes"], nodes);
    let (asker, told) = house.ask(Call::ReplaceChain);
    let asked: Vec<(u64, &str)> = told
        .iter()
        .map(|deed| match deed {
            Deed::Tell(ToRelay::Fetch { number, netloc }) => (*number, netloc.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        asked.iter().map(|(_, netloc)| *netloc).collect::<Vec<_>>(),
        ["127.0.0.1:5002", &format!("{BOB}@127.0.0.1:5001")]
    );
    let (joined, deeds) = house.ask(Call::ReplaceChain);
    assert!(deeds.is_empty(), "it joins the one under way");
    let nobody = shared::Receipt::new("fetch", "a node that answers", "none");
    assert!(house.classic.fetched(asked[0].0, Err(nobody), NOW).is_empty());
    let deeds = house.classic.fetched(asked[1].0, Ok(theirs), NOW);
    let [Deed::Keep(..), Deed::Tell(ToRelay::Keep { .. }), Deed::Answer(one, answer), Deed::Answer(two, _)] =
        &deeds[..]
    else {
        panic!("{deeds:?}")
    };
    assert_eq!(([*one, *two], &json(answer)["message"]), ([asker, joined], &"nodes updated.".into()));
    assert_eq!(json(answer)["refused"][0]["rule"], "fetch");
    assert_eq!(house.classic.view().blocks, other.classic.view().blocks);
}

#[test]
fn with_nobody_to_ask_the_chain_is_the_largest_at_once() {
    let mut house = House::new();
    let (_, deeds) = house.ask(Call::ReplaceChain);
    assert_eq!(json(&last(&deeds).1)["message"], "already largest chain");
    house.command(ClassicCommand::Connect("127.0.0.1:5002".to_owned()));
    house.ask(Call::ReplaceChain);
    assert_eq!(json(&last(&house.classic.relay_lost(NOW)).1)["refused"][0]["node"], "127.0.0.1:5002");
}

#[test]
fn a_chain_that_is_replaced_during_a_search_is_mined_on_at_its_new_end() {
    let mut longer = House::new();
    longer.ask(Call::MineBlock);
    longer.dig();
    let mut house = House::new();
    let (asker, _) = house.ask(Call::MineBlock);
    let deeds = house.command(ClassicCommand::Adopt(longer.classic.chain_json()));
    assert!(matches!(told(&last(&deeds).1), handle::Answer::ClassicDone(_)));
    let (answered, answer) = last(&house.dig());
    assert_eq!((answered, &json(&answer)["proof"]), (asker, &45_293.into()));
    assert_eq!(length(&mut house), 3);
}

#[test]
fn a_forged_chain_becomes_the_nodes_own_when_its_owner_says_so() {
    let mut house = House::new();
    house.ask(Call::MineBlock);
    house.dig();
    assert!(house.classic.view().valid);
    let forged = house.classic.chain_json().replace("\"proof\":533", "\"proof\":534");
    house.command(ClassicCommand::Adopt(forged.clone()));
    assert_eq!((house.classic.chain_json(), house.classic.view().valid), (forged, false));
    let (_, deeds) = house.ask(Call::IsValid);
    assert_eq!(json(&last(&deeds).1)["valid"], false);
    let refused = house
        .with(|classic, tab| classic.command(Asker::Page { number: 2 }, ClassicCommand::Adopt("[]".to_owned()), tab));
    assert!(refused.is_err(), "a chain has a block");
}

#[test]
fn the_page_connects_by_a_members_name() {
    let mut house = House::new();
    house.fixture.introduce(BOB, "bob", 2);
    let deeds = house.command(ClassicCommand::Connect("bob".to_owned()));
    let message = "all nodes connected with following nodes:";
    assert_eq!(told(&last(&deeds).1), handle::Answer::ClassicDone(message.to_owned()));
    assert_eq!(house.classic.view().nodes, [format!("{BOB}@127.0.0.1:5001")]);
    let refused = house.command(ClassicCommand::Connect("nobody here".to_owned()));
    assert!(matches!(told(&last(&refused).1), handle::Answer::Refused(_)));
}

#[test]
fn a_search_that_nobody_waits_for_any_more_ends() {
    let mut house = House::new();
    let (asker, _) = house.ask(Call::MineBlock);
    assert_eq!(house.classic.forget(|_| true), [Deed::Drop(asker)]);
    assert!(!house.classic.is_busy() && house.classic.wake(NOW).is_empty());
    let (asker, _) = house.ask(Call::MineBlock);
    let due = house.classic.next_due().expect("its time runs");
    let (answered, answer) = last(&house.classic.wake(due));
    assert_eq!((answered, answer.status), (asker, 504));
}
