//! Payments: what waits, what became of them, and submitting them.

use serde_json::Value;
use shared::testing::{easy_params, payment};
use shared::{Amount, encode};

use super::{MAIN, check_refused, coins, folder, post, reaches, relay_with_blocks, submit, submit_bytes, text_of};
use crate::common::SOON;
use crate::common::http::get;

#[tokio::test]
async fn an_address_tells_what_it_has_what_waits_and_what_became_of_it() {
    let folder = folder();
    let (relay, miner) = relay_with_blocks(&folder, 3).await;
    let (id, _) = miner.pay(2, coins(4), Amount::from_units(100_000));
    let transaction = format!("{MAIN}/transactions/{id}");
    let deadline = tokio::time::Instant::now() + SOON;
    while get(relay.address, &transaction).await.status != 200 {
        assert!(tokio::time::Instant::now() < deadline, "the payment does not arrive");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let waiting = get(relay.address, &transaction).await.json();
    assert_eq!((&waiting["status"], &waiting["block"]), (&"waiting".into(), &Value::Null));
    assert_eq!(waiting["transaction"]["amount"], 4_000_000);
    let mempool = get(relay.address, &format!("{MAIN}/mempool")).await.json();
    assert_eq!((&mempool["count"], &mempool["payments"][0]["id"]), (&1.into(), &id.to_string().into()));
    let payer = get(relay.address, &format!("{MAIN}/addresses/{}", text_of(1))).await.json();
    assert_eq!((&payer["confirmed"], &payer["leaving"]), (&30_000_000.into(), &4_100_000.into()));
    assert_eq!((&payer["spendable"], &payer["next_sequence"]), (&25_900_000.into(), &1.into()));
    assert_eq!((&payer["waiting"][0]["id"], &payer["waiting_count"]), (&id.to_string().into(), &1.into()));
    let payee = get(relay.address, &format!("{MAIN}/addresses/{}", text_of(2))).await.json();
    assert_eq!((&payee["confirmed"], &payee["arriving"]), (&0.into(), &4_000_000.into()));

    let block = miner.mine();
    reaches(relay.address, 4).await;
    let confirmed = get(relay.address, &transaction).await.json();
    assert_eq!(confirmed["status"], "confirmed");
    assert_eq!((&confirmed["block"]["hash"], &confirmed["block"]["position"]), (&block.to_string().into(), &1.into()));
    assert_eq!(confirmed["block"]["confirmations"], 1);
    // A page may end within a block.
    let history = format!("{MAIN}/addresses/{}/transactions", text_of(1));
    let mut path = format!("{history}?limit=1");
    let mut places = Vec::new();
    loop {
        let page = get(relay.address, &path).await.json();
        for standing in page["transactions"].as_array().expect("a list") {
            places.push((standing["block"]["height"].clone(), standing["block"]["position"].clone()));
        }
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{history}?limit=1&cursor={next}");
    }
    let place = |height: u64, position: u64| (Value::from(height), Value::from(position));
    assert_eq!(places, [place(4, 1), place(4, 0), place(3, 0), place(2, 0), place(1, 0)]);
    assert_eq!(get(relay.address, &history).await.json()["transactions"].as_array().map(Vec::len), Some(5));
    relay.stop().await;
}

#[tokio::test]
async fn a_signed_payment_is_taken_in_each_form_once_and_reaches_the_tabs() {
    let folder = folder();
    let (relay, miner) = relay_with_blocks(&folder, 2).await;
    let network = easy_params().network();
    let fee = Amount::from_units(100_000);
    let pay = |sequence| payment(network, 1, 2, coins(1), fee, sequence);
    let first = pay(0);
    let taken = submit_bytes(relay.address, &first).await;
    assert_eq!((taken.status, taken.json()["status"].as_str()), (202, Some("waiting")));
    let id = first.id().to_string();
    assert_eq!(taken.json()["id"], id);
    assert_eq!(taken.header("location"), format!("{MAIN}/transactions/{id}"));
    // As hex, a second time.
    let hex = hex::encode(encode(&first));
    let again = submit(relay.address, "text/plain; charset=utf-8", format!("{hex}\n").as_bytes()).await;
    assert_eq!((again.status, again.body == taken.body), (202, true));
    assert_eq!(submit(relay.address, "text/plain", hex::encode(encode(&pay(1))).as_bytes()).await.status, 202);
    // As JSON, as it was written elsewhere.
    let written =
        shared::export::TransactionJson::new(&shared::Transaction::Payment(pay(2)), &easy_params().address_prefix);
    let json = serde_json::to_vec(&written).expect("JSON");
    assert_eq!(submit(relay.address, "application/json", &json).await.status, 202);
    // Its amounts as text, as large ones are written.
    let mut written = serde_json::from_slice::<Value>(&json).expect("JSON");
    for amount in ["amount", "fee"] {
        written[amount] = written[amount].to_string().into();
    }
    assert_eq!(submit(relay.address, "application/json", written.to_string().as_bytes()).await.status, 202);
    written["amount"] = u64::MAX.to_string().into();
    check_refused(
        &submit(relay.address, "application/json", written.to_string().as_bytes()).await,
        400,
        "transaction id",
    );

    miner.hears_of(pay(2).id()).await;
    miner.mine();
    reaches(relay.address, 3).await;
    let confirmed = submit_bytes(relay.address, &first).await;
    assert_eq!((confirmed.status, confirmed.json()["status"].as_str()), (200, Some("confirmed")));
    relay.stop().await;
}

#[tokio::test]
async fn a_payment_that_breaks_a_rule_is_refused_and_one_that_does_not_fit_conflicts() {
    let folder = folder();
    let (relay, _miner) = relay_with_blocks(&folder, 1).await;
    let network = easy_params().network();
    let pay = |network, amount, sequence| payment(network, 1, 2, amount, Amount::ZERO, sequence);
    let mut forged = pay(network, coins(1), 0);
    forged.payment.amount = coins(2);
    check_refused(&submit_bytes(relay.address, &forged).await, 400, "signature");
    let elsewhere = pay(shared::Params::classic().network(), coins(1), 0);
    assert_eq!(submit_bytes(relay.address, &elsewhere).await.status, 400);
    check_refused(&submit_bytes(relay.address, &pay(network, coins(1), 1)).await, 409, "sequence number");
    check_refused(&submit_bytes(relay.address, &pay(network, coins(11), 0)).await, 409, "balance");
    let bytes = encode(&pay(network, coins(1), 0));
    check_refused(&submit(relay.address, "application/octet-stream", &bytes[1..]).await, 400, "body");
    check_refused(&submit(relay.address, "text/plain", b"no hex").await, 400, "body");
    for body in ["{}", "[]", "5"] {
        let refused = submit(relay.address, "application/json", body.as_bytes()).await;
        check_refused(&refused, 400, "body");
        assert!(!refused.text().contains("SignedPaymentJson"), "a name of the code: {}", refused.text());
    }
    check_refused(&submit(relay.address, "application/xml", b"<a/>").await, 415, "content type");
    check_refused(&submit(relay.address, "text/plain", &[b'0'; 8193]).await, 413, "body size");
    let classic = "/api/v1/rooms/classic/transactions";
    let answer = post(relay.address, classic, "application/octet-stream", &encode(&elsewhere)).await;
    check_refused(&answer, 404, "rules");
    relay.stop().await;
}
