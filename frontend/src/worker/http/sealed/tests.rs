//! Requests in a sealed room, on a node that is mined by hand.

use shared::exchange::{Answer, Body, JSON, Request, ToRelay};
use shared::protocol::{Event, Mining};
use shared::testing::{address, key};
use shared::tutorial::{CONNECTED_NODES_MAX, Call, Route};
use shared::{Address, NodeId, Receipt, SecretKey};

use super::{Connections, Sealed};
use crate::worker::fixture::{Fixture, ORIGIN};
use crate::worker::http::deed::{Deed, Tab};
use crate::worker::http::log::tests::request;
use crate::worker::http::queue::Asker;

const BOB: NodeId = NodeId::from_bytes([0xb0; 16]);

/// A tab of the wallet of key 1, and its requests.
struct House {
    fixture: Fixture,
    sealed: Sealed,
    wallet: SecretKey,
    contacts: Vec<(String, Address)>,
    asked: u64,
}

impl House {
    fn new() -> Self {
        let contacts = vec![("zoe".to_owned(), address(7))];
        Self { fixture: Fixture::new(1), sealed: Sealed::default(), wallet: key(1), contacts, asked: 0 }
    }

    fn with<T>(&mut self, work: impl FnOnce(&mut Sealed, &mut Tab<'_>) -> T) -> T {
        work(&mut self.sealed, &mut self.fixture.tab(&self.wallet, &self.contacts))
    }

    fn ask(&mut self, route: Route, body: &str) -> (Asker, Vec<Deed>) {
        self.asked += 1;
        let asker = Asker::Relay { link: 1, number: self.asked, line: self.asked };
        let request = Request {
            content_type: Some(JSON.to_owned()),
            body: body.to_owned(),
            ..request(self.asked, route.method(), route.path())
        };
        let call = Call::parse(&request).expect("a route of the tutorial");
        let deeds = self.with(|sealed, tab| sealed.call(asker, call, &request, tab));
        (asker, deeds)
    }

    /// Tells the requests what happened in the node since.
    fn tell(&mut self) -> Vec<Deed> {
        self.fixture.drain();
        let events: Vec<Event> = std::mem::take(&mut self.fixture.events);
        events.iter().flat_map(|event| self.with(|sealed, tab| sealed.hear(event, tab))).collect()
    }

    fn wake(&mut self) -> Vec<Deed> {
        self.with(|sealed, tab| sealed.wake(tab))
    }

    /// Mines what was asked for, and returns what came of it.
    fn solve(&mut self) -> Vec<Deed> {
        self.fixture.now = self.fixture.now.plus_ms(5_000);
        self.fixture.solve();
        self.tell()
    }
}

fn json(answer: &Answer) -> serde_json::Value {
    let Body::Json(text) = &answer.body else { panic!("{answer:?}") };
    serde_json::from_str(text).expect("JSON")
}

/// The one answer among what came of a request.
fn only_answer(deeds: &[Deed]) -> (Asker, Answer) {
    let answers: Vec<_> = deeds
        .iter()
        .filter_map(|deed| match deed {
            Deed::Answer(asker, answer) => Some((*asker, answer.clone())),
            _ => None,
        })
        .collect();
    let [answer] = &answers[..] else { panic!("{deeds:?}") };
    answer.clone()
}

#[test]
fn each_who_asks_for_a_block_is_answered_with_another_and_the_miner_rests_after() {
    let mut house = House::new();
    let (first, deeds) = house.ask(Route::MineBlock, "");
    assert!(deeds.is_empty());
    let (second, _) = house.ask(Route::MineBlock, "");
    assert!(matches!(house.fixture.node.mining(), Mining::Once { .. }));
    for (asker, index) in [(first, 2), (second, 3)] {
        let (answered, answer) = only_answer(&house.solve());
        let block = json(&answer);
        assert_eq!((answered, answer.status), (asker, 200));
        assert_eq!((&block["message"], &block["index"]), (&"Mission Accomplished!".into(), &index.into()));
    }
    assert_eq!(house.fixture.node.mining(), Mining::Off);
}

#[test]
fn a_miner_that_the_owner_started_is_not_stopped_for_a_request() {
    let mut house = House::new();
    let (own, now) = (house.fixture.own, house.fixture.now);
    house.fixture.node.set_mining(Mining::On { payout: own }, now);
    let (asker, _) = house.ask(Route::MineBlock, "");
    assert_eq!(only_answer(&house.solve()).0, asker);
    assert!(matches!(house.fixture.node.mining(), Mining::On { .. }));
    let (asker, _) = house.ask(Route::MineBlock, "");
    let deeds = house.with(|sealed, tab| sealed.forget(|_| true, tab));
    assert_eq!(deeds, [Deed::Drop(asker)]);
    assert!(matches!(house.fixture.node.mining(), Mining::On { .. }));
}

#[test]
fn a_miner_that_was_started_for_a_request_stops_when_nobody_waits_any_more() {
    let mut house = House::new();
    let (cancelled, _) = house.ask(Route::MineBlock, "");
    let (late, _) = house.ask(Route::MineBlock, "");
    let deeds = house.with(|sealed, tab| sealed.forget(|asker| *asker == cancelled, tab));
    assert_eq!(deeds, [Deed::Drop(cancelled)]);
    assert!(matches!(house.fixture.node.mining(), Mining::Once { .. }), "one still waits");
    house.fixture.now = house.sealed.next_due().expect("its time runs");
    let (answered, answer) = only_answer(&house.wake());
    assert_eq!((answered, answer.status, house.fixture.node.mining()), (late, 504, Mining::Off));
}

#[test]
fn what_the_owner_stops_stays_stopped() {
    let mut house = House::new();
    let (asker, _) = house.ask(Route::MineBlock, "");
    let now = house.fixture.now;
    house.fixture.node.set_mining(Mining::Off, now);
    let (answered, answer) = only_answer(&house.with(|sealed, tab| sealed.owner_spoke(tab)));
    assert_eq!((answered, answer.status), (asker, 503));
    assert_eq!(json(&answer)["rule"], "mining");
    assert_eq!(house.fixture.node.mining(), Mining::Off);
}

#[test]
fn no_more_wait_for_a_block_than_allowed_and_none_where_there_is_no_miner() {
    let mut house = House::new();
    let refused = (0..100).map(|_| house.ask(Route::MineBlock, "").1).filter(|deeds| !deeds.is_empty());
    let refused: Vec<Vec<Deed>> = refused.collect();
    assert_eq!(refused.len(), 84);
    assert_eq!(only_answer(&refused[0]).1.status, 503);
    let receipt = Receipt::new("a miner", "one", "none");
    let mut other = House::new();
    let mut tab = other.fixture.tab(&other.wallet, &[]);
    tab.no_miner = Some(&receipt);
    let asked = request(1, "GET", "/mine_block");
    let asker = Asker::Relay { link: 1, number: 1, line: 1 };
    let deeds = other.sealed.call(asker, Call::MineBlock, &asked, &mut tab);
    assert_eq!(only_answer(&deeds).1, Answer::refusal(503, &receipt));
}

#[test]
fn a_chain_is_left_to_the_relay_and_its_verdict_is_found_once_a_tip() {
    let mut house = House::new();
    house.fixture.mine();
    let tip = house.fixture.mine();
    let (_, deeds) = house.ask(Route::GetChain, "");
    assert_eq!(only_answer(&deeds).1.body, Body::Chain { tip });
    for _ in 0..2 {
        assert!(house.ask(Route::IsValid, "").1.is_empty(), "it is being verified");
    }
    assert!(house.sealed.is_busy());
    let deeds = house.wake();
    assert_eq!(deeds.len(), 2);
    let Deed::Answer(_, answer) = &deeds[0] else { panic!("{deeds:?}") };
    assert_eq!((&json(answer)["valid"], &json(answer)["length"]), (&true.into(), &3.into()));
    assert!(!house.sealed.is_busy());
    assert_eq!(only_answer(&house.ask(Route::IsValid, "").1).1, *answer);
    house.fixture.mine();
    assert!(house.ask(Route::IsValid, "").1.is_empty(), "another tip, another verdict");
    assert_eq!(json(&only_answer(&house.wake()).1)["length"], 4);
}

#[test]
fn a_payment_is_signed_by_the_tab_and_names_lead_to_contacts_and_nodes() {
    let mut house = House::new();
    house.fixture.introduce(BOB, "bob", 2);
    house.fixture.mine();
    for (receiver, paid) in [("zoe", 7), ("bob", 2)] {
        let body = format!(r#"{{"sender": "ada", "receiver": "{receiver}", "amount": 2.5}}"#);
        let (_, deeds) = house.ask(Route::AddTransaction, &body);
        let (_, answer) = only_answer(&deeds);
        assert_eq!(answer.status, 201);
        assert_eq!(json(&answer)["message"], "transaction added in the block 3");
        assert!(house.fixture.node.mempool().iter().any(|signed| signed.payment.receiver == address(paid)));
    }
    let (_, deeds) = house.ask(Route::AddTransaction, r#"{"sender": "ada", "receiver": "nobody", "amount": 1}"#);
    let (_, answer) = only_answer(&deeds);
    assert_eq!((answer.status, &json(&answer)["rule"]), (400, &"receiver".into()));
}

#[test]
fn members_are_connected_by_their_ids_and_others_are_kept_for_the_relay_to_ask() {
    let mut house = House::new();
    house.fixture.introduce(BOB, "bob", 2);
    let own = house.fixture.node.id();
    let body = format!(
        r#"{{"nodes": ["{ORIGIN}/nodes/{BOB}", "http://{BOB}:token@127.0.0.1:5001", "{BOB}", "{own}", "http://127.0.0.1:5002/x"]}}"#
    );
    let (_, deeds) = house.ask(Route::ConnectNode, &body);
    let (_, answer) = only_answer(&deeds);
    assert_eq!(answer.status, 201);
    let nodes = serde_json::json!([format!("{BOB}@127.0.0.1:5001"), "127.0.0.1:5002"]);
    assert_eq!(json(&answer)["total_nodes"], nodes);
    let restored = Connections::restore(&house.sealed.nodes());
    assert_eq!(restored.elsewhere(&house.fixture.node), ["127.0.0.1:5002"]);
    let stranger = format!(r#"{{"nodes": ["http://127.0.0.1:5003", "{ORIGIN}/nodes/{}"]}}"#, "0".repeat(32));
    let (_, deeds) = house.ask(Route::ConnectNode, &stranger);
    assert_eq!(only_answer(&deeds).1.status, 400);
    assert_eq!(house.sealed.nodes().len(), 2, "nothing is kept of what was refused");
}

#[test]
fn no_more_nodes_are_connected_than_allowed() {
    let mut house = House::new();
    let nodes = |from: usize, count: usize| {
        let urls: Vec<String> = (from..from + count).map(|at| format!("http://10.0.0.{at}")).collect();
        serde_json::json!({ "nodes": urls }).to_string()
    };
    let mut ask = |route, body: String| only_answer(&house.ask(route, &body).1).1.status;
    let mut status = |body| ask(Route::ConnectNode, body);
    assert_eq!(status(nodes(1, CONNECTED_NODES_MAX)), 201);
    assert_eq!(status(nodes(1, 1)), 201, "it is connected already");
    assert_eq!(status(nodes(100, 1)), 400);
    assert_eq!(ask(Route::DisconnectNode, nodes(1, 1)), 200);
    assert_eq!(ask(Route::ConnectNode, nodes(100, 1)), 201, "there is room again");
}

#[test]
fn members_and_nodes_elsewhere_are_disconnected_however_they_are_named() {
    let mut house = House::new();
    house.fixture.introduce(BOB, "bob", 2);
    for named in [format!("{ORIGIN}/nodes/{BOB}"), BOB.to_string(), format!("{BOB}@127.0.0.1:5001")] {
        // As Windows writes it, with a mark before it.
        let connect = format!("\u{feff}{{\"nodes\": [\"{BOB}\", \"http://127.0.0.1:5002\"]}}");
        house.ask(Route::ConnectNode, &connect);
        assert_eq!(house.sealed.nodes().len(), 2);
        let unknown = format!("{{\"nodes\": [\"{named}\", \"http://127.0.0.1:5003\"]}}");
        assert_eq!(only_answer(&house.ask(Route::DisconnectNode, &unknown).1).1.status, 400);
        assert_eq!(house.sealed.nodes().len(), 2, "all or none");
        let (_, deeds) = house.ask(Route::DisconnectNode, &format!("{{\"nodes\": [\"{named}\"]}}"));
        let (_, answer) = only_answer(&deeds);
        assert_eq!((answer.status, &json(&answer)["total_nodes"]), (200, &serde_json::json!(["127.0.0.1:5002"])));
    }
}

#[test]
fn nodes_elsewhere_are_asked_first_and_everybody_who_waits_is_answered_with_one_report() {
    let mut house = House::new();
    house.fixture.mine();
    house.tell();
    house.ask(Route::ConnectNode, r#"{"nodes": ["http://127.0.0.1:5002", "http://127.0.0.1:5003"]}"#);
    let (_, told) = house.ask(Route::ReplaceChain, "");
    let numbers: Vec<u64> = told
        .iter()
        .map(|deed| match deed {
            Deed::Tell(ToRelay::Fetch { number, .. }) => *number,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(numbers.len(), 2);
    let (_, deeds) = house.ask(Route::ReplaceChain, "");
    assert!(deeds.is_empty(), "it joins the one under way");
    let genesis = house.fixture.node.chain().genesis_hash();
    house.with(|sealed, tab| sealed.fetched(numbers[0], Ok(format!(r#"{{"tip":"{genesis}","length":1}}"#)), tab));
    assert!(house.tell().is_empty(), "one has not answered");
    let receipt = Receipt::new("fetch", "a node that answers", "none");
    house.with(|sealed, tab| sealed.fetched(numbers[1], Err(receipt), tab));
    let deeds = house.tell();
    assert_eq!(deeds.len(), 2);
    let Deed::Answer(_, Answer { status: 200, body: Body::Replaced { tip, replaced, nodes } }) = &deeds[0] else {
        panic!("{deeds:?}")
    };
    assert_eq!((*tip, *replaced), (house.fixture.node.chain().tip().hash, false));
    let nodes: serde_json::Value = serde_json::from_str(nodes).expect("JSON");
    assert_eq!((&nodes[0]["node"], &nodes[0]["verdict"]), (&"127.0.0.1:5002".into(), &"less work".into()));
    assert_eq!((&nodes[1]["verdict"], &nodes[1]["receipt"]["rule"]), (&"refused".into(), &"fetch".into()));
}

#[test]
fn a_replace_chain_goes_on_without_those_who_are_late() {
    let mut house = House::new();
    house.ask(Route::ConnectNode, r#"{"nodes": ["http://127.0.0.1:5002"]}"#);
    let (asker, _) = house.ask(Route::ReplaceChain, "");
    house.fixture.now = house.sealed.next_due().expect("the time of a round");
    let mut deeds = house.wake();
    deeds.extend(house.tell());
    assert_eq!(only_answer(&deeds).0, asker);
}
