//! The reception: who may ask what, and what the log says of it.

use shared::NodeId;
use shared::exchange::{Answer, Body, JSON, Request, ToMember};
use shared::testing::key;

use super::access::{Access, TOKEN_BYTES};
use super::deed::{Deed, GONE};
use super::log::tests::request;
use super::queue::Asker;
use super::reception::{Reception, Room};
use super::relays::Relays;
use crate::node::handle::ClassicCommand;
use crate::worker::fixture::{Fixture, ORIGIN};
use crate::worker::store::Record;

const LINK: u64 = 3;

struct House {
    fixture: Fixture,
    reception: Reception,
}

impl House {
    fn new(open: bool) -> Self {
        let access = Access::new([9; TOKEN_BYTES], open);
        let reception = Reception::new(Relays::default(), access, Room::Sealed(Box::default()));
        let mut house = Self { fixture: Fixture::new(1), reception };
        house.meet(1);
        house
    }

    /// Has the relay of this number prove who it is; returns the tab's token there.
    fn meet(&mut self, relay: u8) -> String {
        let wallet = key(1);
        let fresh = Access::new([relay; TOKEN_BYTES], false);
        let deeds = self.reception.meet(NodeId::from_bytes([relay; 16]), fresh, &mut self.fixture.tab(&wallet, &[]));
        assert!(matches!(deeds[0], Deed::Keep(Record::Relays, _)), "{deeds:?}");
        self.reception.view(ORIGIN).token
    }

    fn lose_link(&mut self) {
        let wallet = key(1);
        self.reception.link_lost(LINK, &mut self.fixture.tab(&wallet, &[]));
    }

    /// Connects a node, and returns all that are connected.
    fn connect(&mut self, node: &str) -> Vec<String> {
        let token = self.reception.view(ORIGIN).token;
        let (body, content_type) = (format!(r#"{{"nodes": ["{node}"]}}"#), Some(JSON.to_owned()));
        let asked = Request { body, content_type, method: "POST".to_owned(), ..with(Some(&token), "/connect_node") };
        match &self.hear(ToMember::Request(asked))[..] {
            [.., Deed::Answer(_, Answer { status: 201, body: Body::Json(text) })] => {
                let answer: serde_json::Value = serde_json::from_str(text).expect("JSON");
                serde_json::from_value(answer["total_nodes"].clone()).expect("texts")
            }
            other => panic!("{other:?}"),
        }
    }

    fn hear(&mut self, frame: ToMember) -> Vec<Deed> {
        let wallet = key(1);
        self.reception.hear(LINK, frame, &mut self.fixture.tab(&wallet, &[]))
    }

    /// The status with which a request is answered at once; none where it waits.
    fn status(&mut self, request: Request) -> Option<u16> {
        match &self.hear(ToMember::Request(request))[..] {
            [] => None,
            [.., Deed::Answer(Asker::Relay { line, .. }, answer)] => {
                let sent = self.reception.answered(*line, Some(answer.clone()), self.fixture.now);
                sent.map(|answer| answer.status)
            }
            other => panic!("{other:?}"),
        }
    }

    fn logged(&self) -> Vec<(String, Option<u16>)> {
        self.reception.view(ORIGIN).log.into_iter().map(|line| (line.path, line.status)).collect()
    }
}

fn with(token: Option<&str>, path: &str) -> Request {
    Request { token: token.map(str::to_owned), ..request(7, "GET", path) }
}

#[test]
fn a_closed_tab_is_read_by_anybody_and_changed_with_its_token_alone() {
    let mut house = House::new(false);
    let token = house.reception.view(ORIGIN).token;
    for wrong in [None, Some("guess")] {
        assert_eq!(house.status(with(wrong, "/get_chain")), Some(200));
        assert_eq!(house.status(with(wrong, "/mine_block")), Some(401));
        assert_eq!(house.status(with(wrong, "/replace_chain")), Some(401));
    }
    assert_eq!(house.status(with(Some(&token), "/mine_block")), None, "it is being mined");
    let deed = house.reception.renew_token([1; TOKEN_BYTES]);
    assert!(matches!(deed, Deed::Keep(Record::Relays, _)));
    assert_eq!(house.status(with(Some(&token), "/mine_block")), Some(401));
    house.reception.set_open(true);
    assert_eq!(house.status(with(None, "/mine_block")), None);
    assert_eq!(house.status(Request { is_foreign: true, ..with(None, "/mine_block") }), Some(401));
}

#[test]
fn what_is_no_request_of_the_tutorial_is_refused_before_the_token_is_looked_at() {
    let mut house = House::new(false);
    assert_eq!(house.status(with(None, "/mine")), Some(404));
    assert_eq!(house.status(Request { method: "POST".to_owned(), ..with(None, "/mine_block") }), Some(405));
    assert_eq!(house.status(Request { method: "POST".to_owned(), ..with(None, "/add_transaction") }), Some(415));
    assert_eq!(
        house.logged(),
        [("/add_transaction", 415), ("/mine_block", 405), ("/mine", 404)]
            .map(|(path, status)| (path.to_owned(), Some(status)))
    );
    assert_eq!(house.reception.view(ORIGIN).handled, 3);
}

#[test]
fn a_request_that_is_cancelled_or_whose_link_is_lost_is_answered_to_nobody() {
    let mut house = House::new(true);
    for number in [1, 2] {
        house.hear(ToMember::Request(Request { number, ..with(None, "/mine_block") }));
    }
    let cancelled = house.hear(ToMember::Cancel { number: 1 });
    let [Deed::Drop(Asker::Relay { number: 1, line, .. })] = cancelled[..] else { panic!("{cancelled:?}") };
    assert_eq!(house.reception.answered(line, None, house.fixture.now), None);
    assert_eq!(house.logged()[1].1, Some(GONE));
    let wallet = key(1);
    let mut tab = house.fixture.tab(&wallet, &[]);
    assert_eq!(house.reception.link_lost(LINK + 1, &mut tab), [], "another link");
    assert!(matches!(house.reception.link_lost(LINK, &mut tab)[..], [Deed::Drop(Asker::Relay { number: 2, .. })]));
    assert_eq!(house.reception.next_due(), None);
}

#[test]
fn an_answer_too_long_to_be_sent_says_so_instead() {
    let mut house = House::new(true);
    let long = Answer { status: 200, body: Body::Json("x".repeat(1 << 20)) };
    let line = 0;
    house.hear(ToMember::Request(with(None, "/mine_block")));
    let sent = house.reception.answered(line, Some(long), house.fixture.now).expect("an answer");
    assert!(sent.status == 507 && house.logged()[0].1 == Some(507));
}

#[test]
fn a_sealed_room_has_no_classic_chain() {
    let mut house = House::new(true);
    assert!(house.reception.classic_chain().is_err() && house.reception.classic_view().is_none());
    let wallet = key(1);
    let tab = house.fixture.tab(&wallet, &[]);
    let refused = house.reception.classic(Asker::Page { number: 1 }, ClassicCommand::Mine, &tab);
    assert_eq!(refused.expect_err("a sealed room")[0].receipt.rule, "rules of the room");
}

#[test]
fn another_relay_on_the_same_port_gets_another_token_and_no_nodes_and_the_first_its_own_again() {
    let mut house = House::new(true);
    let first = house.reception.view(ORIGIN).token;
    assert_eq!(house.connect("http://10.0.0.1"), ["10.0.0.1"]);
    house.lose_link();
    let second = house.meet(2);
    assert_ne!(first, second);
    assert!(!house.reception.view(ORIGIN).open, "what was opened at one relay is open there alone");
    assert_eq!(house.status(with(Some(&first), "/mine_block")), Some(401));
    assert_eq!(house.connect("http://10.0.0.2"), ["10.0.0.2"]);
    house.lose_link();
    assert_eq!(house.meet(1), first);
    assert!(house.reception.view(ORIGIN).open);
    assert_eq!(house.connect("http://10.0.0.3"), ["10.0.0.1", "10.0.0.3"]);
}

#[test]
fn no_request_is_looked_at_before_the_relay_has_proved_who_it_is() {
    let mut house = House::new(true);
    house.lose_link();
    assert_eq!(house.status(with(None, "/mine_block")), None);
    assert_eq!(house.logged(), [], "it waits");
    house.meet(2);
    assert_eq!(house.logged(), [("/mine_block".to_owned(), None)]);
    house.lose_link();
    assert_eq!(house.status(with(None, "/mine_block")), None);
    house.lose_link();
    house.meet(1);
    assert_eq!(house.logged().len(), 1, "one over a lost link is nobody's");
}

#[test]
fn what_was_set_without_a_relay_is_for_the_first_one_or_the_last_one() {
    let access = Access::new([9; TOKEN_BYTES], false);
    let token = access.token().to_owned();
    let mut reception = Reception::new(Relays::default(), access.clone(), Room::Sealed(Box::default()));
    reception.set_open(true);
    let mut house = House { fixture: Fixture::new(1), reception };
    assert_eq!(house.meet(1), token);
    assert!(house.reception.view(ORIGIN).open);
    let Deed::Keep(Record::Relays, kept) = house.reception.renew_token([4; TOKEN_BYTES]) else { panic!("kept") };
    let relays: Relays = borsh::from_slice(&kept).expect("just written");
    let again = Reception::new(relays, access, Room::Sealed(Box::default()));
    assert_eq!(again.view(ORIGIN).token, house.reception.view(ORIGIN).token);
    assert_ne!(again.view(ORIGIN).token, token);
}
