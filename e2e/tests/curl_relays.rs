//! The tutorial with three relays in place of its three scripts, walked with curl alone.

use e2e::{Curl, Failure, Relay};
use serde_json::{Value, json};

async fn get(relay: &Relay, path: &str) -> Result<Value, Failure> {
    Curl::get(relay.page(path)).json(200).await
}

async fn walk(options: &[&str]) -> Result<(), Failure> {
    let relays = [
        Relay::start_with(None, options).await?,
        Relay::start_with(None, options).await?,
        Relay::start_with(None, options).await?,
    ];
    for relay in &relays {
        let others: Vec<&str> = relays.iter().map(Relay::url).filter(|url| *url != relay.url()).collect();
        let body = json!({ "nodes": others }).to_string();
        let connected = Curl::post(relay.page("/connect_node"), &body).json(201).await?;
        assert_eq!(connected["message"], "all nodes connected with following nodes:");
        assert_eq!(connected["total_nodes"].as_array().map(Vec::len), Some(2), "{connected}");
    }
    let [one, two, three] = &relays;
    for index in [2, 3] {
        let mined = get(one, "/mine_block").await?;
        assert_eq!((&mined["message"], &mined["index"]), (&json!("Mission Accomplished!"), &json!(index)), "{mined}");
    }
    for relay in [two, three] {
        assert_eq!(get(relay, "/get_chain").await?["length"], 1);
        assert_eq!(get(relay, "/replace_chain").await?["message"], "nodes updated.");
        assert_eq!(get(relay, "/replace_chain").await?["message"], "already largest chain");
        assert_eq!(get(relay, "/is_valid").await?["valid"], true);
        assert_eq!(get(relay, "/get_chain").await?, get(one, "/get_chain").await?);
    }
    // What was mined elsewhere is built upon here, and travels back.
    assert_eq!(get(three, "/mine_block").await?["index"], 4);
    assert_eq!(get(one, "/replace_chain").await?["message"], "nodes updated.");
    assert_eq!(get(one, "/get_chain").await?, get(three, "/get_chain").await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_relays_are_the_tutorials_three_scripts_on_sealed_blocks() -> Result<(), Failure> {
    walk(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn three_relays_are_the_tutorials_three_scripts_on_its_own_chain() -> Result<(), Failure> {
    walk(&["--root-room", "classic"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_whose_operator_does_not_allow_it_mines_for_nobody() -> Result<(), Failure> {
    let relay = Relay::start_with(None, &["--own-node", "off"]).await?;
    let refused = Curl::get(relay.page("/mine_block")).json(403).await?;
    assert!(refused["rule"].is_string(), "{refused}");
    assert_eq!(get(&relay, "/get_chain").await?["length"], 1);
    assert_eq!(get(&relay, "/is_valid").await?["valid"], true);
    Ok(())
}
