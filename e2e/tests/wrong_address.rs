//! Addresses that lead nowhere: the page says what there is instead, and nobody becomes a node for it.

use std::time::Duration;

use e2e::{Browser, Curl, Failure, Relay, Tab};

const MOMENT: Duration = Duration::from_secs(15);

/// The links on the page, as they stand in it.
async fn links(tab: &Tab) -> Result<Vec<String>, Failure> {
    let links = tab.run("return [...document.links].map(link => new URL(link.href).pathname)", vec![]).await?;
    serde_json::from_value(links).map_err(|error| Failure::page(error.to_string()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_not_there_is_named_with_the_rooms_that_are_and_makes_no_node() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    for (path, name, meant) in [
        ("/rooms/Classic/", "Classic", Some("/rooms/classic/")),
        ("/rooms/none-such/", "none-such", None),
        ("/rooms/none-such/wallet", "none-such", None),
        ("/rooms/No%20Such/mine", "No Such", None),
    ] {
        let tab = browser.open(&relay.page(path)).await?;
        tab.wait_for_words(&format!("There is no room “{name}” here")).await?;
        tab.wait_for_words("The rooms of this relay").await?;
        let shown = links(&tab).await?;
        assert!(shown.contains(&"/".to_owned()) && shown.contains(&"/rooms/classic/".to_owned()), "{path}: {shown:?}");
        let text = tab.all_text().await?;
        assert_eq!(text.contains("Did you mean"), meant.is_some(), "{path}: {text}");
        assert!(!text.contains("Firefox"), "{text}");
        assert!(tab.databases().await?.iter().all(|name| !name.contains("none-such")), "{path}");
        assert_eq!(tab.count_stored("tabcoin", "identities").await?, 0, "{path}");
    }
    for room in ["main", "classic"] {
        let seen = Curl::get(relay.page(&format!("/api/v1/rooms/{room}/nodes"))).json(200).await?;
        let tabs = seen["nodes"].as_array().into_iter().flatten().filter(|node| node["role"] == "tab").count();
        assert_eq!(tabs, 0, "{room}: {seen}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_not_there_makes_no_node_and_leads_to_the_one_that_was_meant_and_to_all() -> Result<(), Failure>
{
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    for (path, meant, all) in [
        ("/walet", Some("/wallet"), &["/", "/wallet", "/mine", "/blocks", "/peers", "/lessons", "/developers"][..]),
        ("/block/3", Some("/blocks/3"), &["/", "/blocks"]),
        ("/settings", None, &["/", "/wallet"]),
        (
            "/rooms/classic/peer",
            Some("/rooms/classic/peers"),
            &["/rooms/classic/", "/rooms/classic/peers", "/rooms/classic/lessons", "/rooms/classic/developers"],
        ),
    ] {
        let tab = browser.open(&relay.page(path)).await?;
        tab.wait_for_words("There is no page at this address").await?;
        assert_eq!(tab.count_stored("tabcoin", "identities").await?, 0, "{path}");
        let shown = links(&tab).await?;
        assert_eq!(tab.all_text().await?.contains("Did you mean"), meant.is_some(), "{path}");
        if let Some(meant) = meant {
            assert_eq!(shown[0], meant, "{path}");
        }
        assert!(all.iter().all(|page| shown.contains(&(*page).to_owned())), "{path}: {shown:?}");
        tab.follow("Overview").await?;
        let is_id = |id: &String| id.len() == 32;
        tab.wait_until("a node", MOMENT, async || tab.text("node-id").await, is_id).await?;
        tab.clear_site_data().await?;
    }
    Ok(())
}
