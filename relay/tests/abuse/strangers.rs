//! Who does not belong here: pages of other sites, other rooms, other versions, payments that were made before.

use shared::protocol::{Hello, Message as NodeMessage, PROTOCOL_VERSION};
use shared::testing::{easy_params, key};
use shared::{Amount, BlockHash, NetworkId, encode, sha256};

use crate::common::http::send;
use crate::common::process::Process;
use crate::common::socket::refused;
use crate::common::tab::Tab;
use crate::wire::Stranger;

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_and_a_foreign_room_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1.evil.example"] {
        let answer = refused(relay.address, "/ws/main", Some(origin)).await;
        assert_eq!((answer.status, answer.json()["rule"].as_str()), (403, Some("origin")), "{origin}");
    }
    for room in ["elsewhere", "Main", "..%2f..", "%00", "a-room-whose-name-is-much-too-long-to-be-one"] {
        let answer = refused(relay.address, &format!("/ws/{room}"), None).await;
        assert_eq!((answer.status, answer.json()["rule"].as_str()), (404, Some("room")), "{room}");
    }
    // The room is right and the network is not: another relay's room of the same name.
    let params = easy_params();
    let mut stranger = Stranger::connected(relay.address, 2, &params, 1).await;
    let hello = Hello { network: NetworkId::from_bytes([9; 32]), ..stranger.hello(&params) };
    stranger.say(&NodeMessage::Hello(hello)).await;
    assert_eq!(stranger.is_cut_off().await.rule, "network");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_without_a_word_is_let_in_again_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let params = easy_params();
    for _ in 0..70 {
        // With eight joins for a fault, the address would have none left.
        let gone = Stranger::greeted(relay.address, 2, &params, 1).await.expect("let in");
        drop(gone.client.into_inner());
    }
    Stranger::greeted(relay.address, 2, &params, 1).await.map(drop).expect("let in");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_tab_is_told_to_reload_by_a_new_relay_and_is_not_barred_for_its_age() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let params = easy_params();
    let mut old = Stranger::connected(relay.address, 2, &params, 1).await;
    // What else an older Hello says, nobody knows.
    let mut bytes = encode(&NodeMessage::Hello(Hello { version: PROTOCOL_VERSION - 1, ..old.hello(&params) }));
    bytes.truncate(100);
    old.say_bytes(bytes).await;
    let receipt = old.is_cut_off().await;
    assert_eq!(receipt.rule, "protocol version");
    assert!(receipt.expected.contains("reload the page"), "{receipt}");
    let mut newer = Stranger::connected(relay.address, 2, &params, 1).await;
    newer.say(&NodeMessage::Hello(Hello { version: PROTOCOL_VERSION + 1, ..newer.hello(&params) })).await;
    let receipt = newer.is_cut_off().await;
    assert!(receipt.to_string().contains("newer"), "{receipt}");
    Stranger::greeted(relay.address, 2, &params, 1).await.map(drop).expect("reloaded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_pays_once_however_often_and_wherever_it_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Process::start(folder.path());
    let (at, params) = (relay.address, easy_params());
    let payer = Tab::join(at, 1).await;
    let other = Tab::join(at, 2).await;
    payer.mine();
    let (id, payment) = payer.pay(2, Amount::from_coins(3), Amount::ZERO);
    other.hears_of(id).await;
    other.reaches(payer.mine()).await;
    let paid = other.state().node.ledger().account(&shared::testing::address(2)).balance;
    assert_eq!(paid, Amount::from_coins(3));
    // Over the network it is passed by; it may just be late.
    let mut replayer = Stranger::greeted(at, 2, &params, 3).await.expect("let in");
    replayer.say(&NodeMessage::Payments(vec![payment.clone(); 3])).await;
    // Over HTTP it is answered as what it is: on the chain.
    let body = encode(&payment);
    let length = format!("Content-Length: {}", body.len());
    let headers = ["Content-Type: application/octet-stream", &length];
    let answer = send(at, "POST /api/v1/rooms/main/transactions", &headers, &body).await;
    assert_eq!((answer.status, answer.json()["status"].as_str()), (200, Some("confirmed")), "{}", answer.text());
    // A second one with its number is refused by that.
    let again = payer
        .act(|node| shared::testing::payment(node.params().network(), 1, 4, Amount::from_coins(3), Amount::ZERO, 0));
    let body = encode(&again);
    let length = format!("Content-Length: {}", body.len());
    let headers = ["Content-Type: application/octet-stream", &length];
    let answer = send(at, "POST /api/v1/rooms/main/transactions", &headers, &body).await;
    assert_eq!((answer.status, answer.json()["rule"].as_str()), (409, Some("sequence number")), "{}", answer.text());
    // One of another room is refused as such, and whoever passes it on is cut off.
    let foreign = NetworkId::from_bytes(sha256(&[b"another room"]));
    let foreign = shared::testing::payment(foreign, 1, 3, Amount::from_coins(3), Amount::ZERO, 1);
    replayer.say(&NodeMessage::Payments(vec![foreign])).await;
    assert_eq!(replayer.is_cut_off().await.rule, "network");
    other.reaches(payer.mine()).await;
    assert_eq!(other.state().node.ledger().account(&shared::testing::address(2)).balance, paid);
    assert_ne!(key(1).public(), key(2).public());
    assert_ne!(other.tip(), BlockHash::ZERO);
}
