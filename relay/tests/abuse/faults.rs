//! What breaks a rule, one of each: refused by name, in the order of cost; its sender cut off, and barred for a while,
//! while others at its address are not.

use futures_util::SinkExt;
use shared::exchange::ToRelay;
use shared::protocol::limits::BAR_MS;
use shared::protocol::{MESSAGE_BYTES_MAX, Message as NodeMessage};
use shared::testing::{ChainBuilder, easy_params, solve, solve_header};
use shared::{Amount, Block, Header, Params, Proof, Signature, encode};
use tokio_tungstenite::tungstenite::Message;

use crate::common::http::{request, send};
use crate::common::process::Process;
use crate::common::tab::Tab;
use crate::wire::Stranger;

/// A header whose hash does not meet its target.
fn without_work(mut header: Header) -> Header {
    while easy_params().target_limit().is_met_by(&header.hash()) {
        header.proof = Proof(header.proof.0.wrapping_add(1));
    }
    header
}

/// A block after the first, with a forged signature; its proof is right.
fn forged() -> [Block; 2] {
    let mut builder = ChainBuilder::easy();
    let first = builder.mine(7, &[]);
    let mut payment = builder.pay(7, 2, Amount::from_coins(1), Amount::ZERO);
    payment.signature = Signature::from_bytes([3; 64]);
    let mut second = builder.draft(7, &[payment]);
    solve(&mut second);
    [first, second]
}

/// What is sent, in frames, and the rule that it breaks.
fn faults() -> Vec<(Vec<Vec<u8>>, &'static str)> {
    let [first, second] = forged();
    let announce = |header: Header| encode(&NodeMessage::Announce(header));
    let blocks = |blocks: &[Block]| encode(&NodeMessage::Blocks(blocks.to_vec()));
    let mut wrong_target = first.header;
    wrong_target.target = shared::CompactTarget::from_bits(0x2000_fffe);
    solve_header(&mut wrong_target);
    let mut truncated = announce(first.header);
    truncated.pop();
    let mut with_more = announce(first.header);
    with_more.push(0);
    // The last byte of Headers says whether there are more: 0 or 1.
    let mut not_canonical = encode(&NodeMessage::Headers { headers: Vec::new(), more: false });
    not_canonical.pop();
    not_canonical.push(2);
    // Everything is wrong with it; what costs least is found.
    let mut hopeless = second.clone();
    hopeless.header = without_work(first.header);
    let mut forged_payment = ChainBuilder::easy();
    forged_payment.mine(7, &[]);
    let mut payment = forged_payment.pay(7, 2, Amount::from_coins(1), Amount::ZERO);
    payment.payment.amount = Amount::ZERO;
    payment.signature = Signature::from_bytes([3; 64]);
    vec![
        (vec![vec![0xff; 64]], "message"),
        (vec![vec![]], "message"),
        (vec![truncated], "message"),
        (vec![with_more], "message"),
        (vec![not_canonical], "message"),
        // A list said to be four billion long.
        (vec![[&[11][..], &[0xff; 4]].concat()], "message"),
        (vec![[&[8][..], &[0xff; 4], &[0xff; 200]].concat()], "unsolicited answer"),
        (vec![announce(without_work(first.header))], "proof of work"),
        (vec![announce(wrong_target)], "target"),
        (vec![blocks(&[hopeless])], "unsolicited answer"),
        (
            vec![
                announce(first.header),
                blocks(std::slice::from_ref(&first)),
                announce(second.header),
                blocks(&[second]),
            ],
            "signature",
        ),
        (vec![encode(&NodeMessage::Payments(vec![payment]))], "amount"),
        (vec![vec![0; MESSAGE_BYTES_MAX + 1]], "message size"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_a_rule_is_refused_by_name_and_its_sender_barred_and_its_neighbour_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let (at, params) = (relay.address, easy_params());
    let neighbour = Tab::join(at, 10_000).await;
    for (number, (frames, rule)) in (0..).zip(faults()) {
        let mut stranger = Stranger::greeted(at, 2, &params, number).await.expect("let in");
        for frame in frames {
            stranger.say_bytes(frame).await;
        }
        let receipt = stranger.is_cut_off().await;
        assert_eq!(receipt.rule, rule, "{receipt}");
        let barred = Stranger::greeted(at, 2, &params, number).await.map(drop).expect_err("barred");
        assert_eq!(barred.rule, "barred");
        assert!(barred.expected.starts_with(&format!("nobody who broke the rule {rule:?} before ")), "{barred}");
        let seconds: u64 = barred.found.split(' ').nth(2).and_then(|number| number.parse().ok()).expect("seconds");
        assert!((1..=BAR_MS / 1_000).contains(&seconds), "{barred}");
    }
    // Its address is not: a class is behind it.
    Stranger::greeted(at, 2, &params, 1_000).await.map(drop).expect("let in");
    let other = Tab::join(at, 10_001).await;
    other.reaches(neighbour.mine()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_nesting_is_refused_before_it_is_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let at = relay.address;
    let deep = |depth: usize| "[".repeat(depth);
    for depth in [200, 5_000] {
        let body = deep(depth);
        let length = format!("Content-Length: {}", body.len());
        let headers = ["Content-Type: application/json", &length];
        for path in ["/api/v1/rooms/main/transactions", "/add_transaction", "/rooms/classic/add_transaction"] {
            let answer = send(at, &format!("POST {path}"), &headers, body.as_bytes()).await;
            assert!((400..500).contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
        }
    }
    // As the chain of a member of the classic room, and as a text frame itself.
    let classic = Params::classic();
    let member = Tab::join_in(at, classic.clone(), 1).await;
    member.say(&ToRelay::Keep { chain: deep(100_000) });
    member.is_cut_off().await;
    let mut stranger = Stranger::greeted(at, 2, &easy_params(), 2).await.expect("let in");
    let _ = stranger.client.send(Message::Text(deep(100_000).into())).await;
    assert_eq!(stranger.is_cut_off().await.rule, "text frame");
    assert_eq!(request(at, "GET /healthz", &[]).await.status, 200);
}
