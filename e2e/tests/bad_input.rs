//! Bad input, from people and from peers: refused by its rule; nothing breaks, nothing is lost.

use std::time::Duration;

use e2e::{Browser, Failure, Peer, Relay, Tab};
use shared::protocol::{Agent, Hello, Message, PROTOCOL_VERSION, Role, Status, proof_bytes};
use shared::testing::{ChainBuilder, address, easy_params, key, solve};
use shared::{Amount, NodeName, Proof, Signature, decode, encode};

const MOMENT: Duration = Duration::from_secs(10);

/// Presses Send and waits for a receipt that says all of this.
async fn refused(tab: &Tab, words: &[&str]) -> Result<(), Failure> {
    tab.press("Send").await?;
    let says_all = |text: &String| words.iter().all(|word| text.contains(word));
    tab.wait_until(&format!("a receipt with {words:?}"), MOMENT, async || tab.all_text().await, says_all).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_type_wrongly_is_refused_under_its_field_and_kept() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let (tab, own) = e2e::open_with_a_reward(&browser, &relay).await?;

    let mut mistyped = own.clone();
    mistyped.replace_range(10..11, if &own[10..11] == "q" { "p" } else { "q" });
    for (receiver, expected) in [
        ("swift heron", "tab1 and 38 characters after it, and no name"),
        (mistyped.as_str(), "a character of this one is wrong or missing"),
        ("", "an address"),
        ("<b>tab1</b>", "tab1 and 38 characters after it, and no name"),
    ] {
        tab.fill("Receiver", receiver).await?;
        tab.fill("Amount", "1").await?;
        refused(&tab, &["address", expected]).await?;
        assert_eq!(tab.field("Receiver").await?, receiver, "what was typed is kept");
        assert_eq!(tab.field("Amount").await?, "1");
    }
    tab.fill("Receiver", &own).await?;
    for (amount, words) in [
        ("0.0000001", ["at most 6 decimals", "7 decimals"]),
        ("11", ["balance", "10 coins"]),
        ("0", ["more than zero coins", "zero"]),
        ("-3", ["not below zero", "-3"]),
        ("four", ["an amount in coins", "four"]),
    ] {
        tab.fill("Amount", amount).await?;
        refused(&tab, &words).await?;
        assert_eq!(tab.field("Amount").await?, amount);
    }
    tab.fill("Amount", "1").await?;
    tab.fill("Fee", "9.5").await?;
    refused(&tab, &["balance"]).await?;

    for (name, words) in [
        ("<img src=x onerror=alert(1)>", "at most 24 characters"),
        ("<b>Ana</b>", "the character <"),
        ("Ana\u{202e}x", "U+202E"),
    ] {
        tab.fill("Name", name).await?;
        tab.press("Rename").await?;
        tab.wait_for_words(words).await?;
    }
    let markup = tab.run("return document.querySelectorAll('main b, main img').length", vec![]).await?;
    assert_eq!(markup, 0, "nothing that was typed became markup");
    tab.wait_for("balance", "10").await?;

    // And after all that, the right thing works.
    tab.fill("Receiver", &own).await?;
    tab.fill("Amount", "1").await?;
    tab.fill("Fee", "0.5").await?;
    tab.press("Send").await?;
    tab.wait_for_words("waits for a block").await?;
    browser.assert_no_complaints(&[]).await
}

/// A peer that greets as a tab does.
async fn greeted(relay: &Relay, number: u64) -> Result<Peer, Failure> {
    let mut peer = Peer::connect(relay, "main").await?;
    let secret = key(number);
    let chain = ChainBuilder::easy().chain();
    let own = Hello {
        version: PROTOCOL_VERSION,
        network: easy_params().network(),
        key: secret.public(),
        role: Role::Tab,
        agent: Agent::new("a stranger"),
        nonce: [number as u8; 32],
        status: Status {
            name: NodeName::new("stranger").map_err(|error| Failure::setup(error.to_string()))?,
            address: address(number),
            tip: chain.tip(),
            auto_sync: true,
        },
    };
    let e2e::peer::Said::Bytes(bytes) = peer.hear(MOMENT).await? else {
        return Err(Failure::setup("the relay closed before it greeted"));
    };
    let Ok(Message::Hello(theirs)) = decode::<Message>(&bytes) else {
        return Err(Failure::setup("the relay said something before it greeted"));
    };
    peer.send(&encode(&Message::Hello(own.clone()))).await?;
    peer.send(&encode(&Message::Proof(secret.sign(&proof_bytes(&own, &theirs))))).await?;
    Ok(peer)
}

/// The last receipt before the link is closed.
async fn refusal(peer: &mut Peer) -> Result<String, Failure> {
    let mut rule = None;
    loop {
        match peer.hear(MOMENT).await? {
            e2e::peer::Said::Bytes(bytes) => {
                if let Ok(Message::Refused(receipt)) = decode(&bytes) {
                    rule = Some(receipt.rule);
                }
            }
            e2e::peer::Said::Closed(why) => {
                return rule.ok_or_else(|| Failure::setup(format!("closed without a receipt: {why:?}")));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_breaks_a_rule_is_cut_off_by_name_and_the_tabs_notice_nothing() -> Result<(), Failure> {
    let relay = Relay::start_easy(&[]).await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    tab.press("Mine a block").await?;
    tab.wait_for("tip-height", "1").await?;

    let mut garbage = greeted(&relay, 1).await?;
    garbage.send(&[0xff; 100]).await?;
    assert_eq!(refusal(&mut garbage).await?, "message");

    let mut oversize = greeted(&relay, 2).await?;
    // The socket may be closed while the frame is still being sent.
    oversize.send(&vec![0; 2 << 20]).await.ok();
    assert!(oversize.closed(MOMENT).await.is_ok());

    let mut liar = greeted(&relay, 3).await?;
    let mut header = ChainBuilder::easy().mine(3, &[]).header;
    while easy_params().target_limit().is_met_by(&header.hash()) {
        header.proof = Proof(header.proof.0 + 1);
    }
    liar.send(&encode(&Message::Announce(header))).await?;
    assert_eq!(refusal(&mut liar).await?, "proof of work");

    let mut forger = greeted(&relay, 4).await?;
    let mut builder = ChainBuilder::easy();
    let mut blocks = vec![builder.mine(4, &[])];
    let mut forged = builder.pay(4, 5, Amount::from_coins(1), Amount::ZERO);
    forged.signature = Signature::from_bytes([7; 64]);
    let mut block = builder.draft(4, &[forged]);
    solve(&mut block);
    blocks.push(block);
    for block in blocks {
        forger.send(&encode(&Message::Announce(block.header))).await?;
        forger.send(&encode(&Message::Blocks(vec![block]))).await?;
    }
    assert_eq!(refusal(&mut forger).await?, "signature");

    tab.press("Mine a block").await?;
    tab.wait_for("tip-height", "2").await?;
    let other = browser.open(&relay.page("/")).await?;
    other.wait_for("tip-height", "2").await?;
    assert_eq!(other.text("tip-hash").await?, tab.text("tip-hash").await?);
    Ok(())
}
