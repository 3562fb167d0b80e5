//! The reception: who may ask what, and what the log says of it.

use shared::exchange::{Answer, Body, Request, ToMember};
use shared::testing::key;

use super::access::{Access, TOKEN_BYTES};
use super::deed::{Deed, GONE};
use super::log::tests::request;
use super::queue::Asker;
use super::reception::{Reception, Room};
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
        let reception = Reception::new(access, Room::Sealed(Box::default()));
        Self { fixture: Fixture::new(1), reception }
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
    assert!(matches!(deed, Deed::Keep(Record::Access, _)));
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
