//! The app in a real browser behind real proxies: under a path of nginx, over https of Caddy, and behind nginx as it
//! comes.

use e2e::proxy::{NAME, documented};
use e2e::wait::PATIENCE;
use e2e::{Browser, Curl, Failure, Proxy, Relay, Tab, wait_until};

/// The relay in the documentation.
const UPSTREAM: &str = "127.0.0.1:5001";

/// The tab's id, once it stands on the Developers page.
async fn id(tab: &Tab) -> Result<String, Failure> {
    let is_id = |id: &String| id.len() == 32;
    tab.wait_until("a node id", PATIENCE, async || tab.text("node-id").await, is_id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_under_a_path_of_nginx_is_a_node_with_all_its_addresses() -> Result<(), Failure> {
    let relay = Relay::start_easy(&["--base-path", "/coin", "--trust-proxy", "127.0.0.1"]).await?;
    // The path is taken off: the harder half, since the relay then sees nothing of it.
    let taken_off = format!("location /coin/ {{\n    proxy_pass http://{}/;", relay.host());
    let handed_on = "location /coin/ {\n    proxy_pass http://127.0.0.1:5001;";
    let location = documented("nginx-path.conf", &[(handed_on, &taken_off), (UPSTREAM, relay.host())])?;
    let nginx = Proxy::nginx(&format!("server {{ listen 127.0.0.1:PORT; {location} }}")).await?;
    let host = format!("127.0.0.1:{}", nginx.port());
    let browser = Browser::start().await?;
    // Deep in a room, so that nothing follows from where the page lies.
    let tab = browser.open(&format!("http://{host}/coin/rooms/classic/developers")).await?;
    let id = id(&tab).await?;
    for address in [format!("http://{host}/coin/nodes/{id}"), format!("http://{host}/coin/rooms/classic")] {
        tab.wait_for_words(&address).await?;
    }
    // By path, as the user under the path, as the user at the root of the host, and as a host.
    for url in [
        format!("http://{host}/coin/nodes/{id}/get_chain"),
        format!("http://{id}:x@{host}/coin/get_chain"),
        format!("http://{id}:x@{host}/get_chain"),
        format!("http://{id}.localhost:{}/coin/get_chain", nginx.port()),
    ] {
        let answered = async || Ok(Curl::get(&url).send().await?.status);
        wait_until(&url, PATIENCE, answered, |status| *status == 200).await?;
    }
    tab.follow("Peers").await?;
    assert_eq!(tab.url().await?, format!("http://{host}/coin/rooms/classic/peers"));
    tab.reload().await?;
    tab.follow("Developers").await?;
    assert_eq!(tab.text("node-id").await?, id, "a reload keeps the node");
    browser.assert_no_complaints(&[]).await?;
    // Past the proxy the relay's own address leads into the path.
    let direct = browser.open(&relay.page("/developers")).await?;
    self::id(&direct).await?;
    assert_eq!(direct.url().await?, relay.page("/coin/developers"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_behind_caddy_is_a_node_over_https_and_hands_out_https() -> Result<(), Failure> {
    let relay = Relay::start_easy(&["--trust-proxy", "127.0.0.1", "--public-url", "https://coin.example"]).await?;
    let caddy = Proxy::caddy(&documented("Caddyfile", &[(UPSTREAM, relay.host())])?).await?;
    let resolved = format!("--host-resolver-rules=MAP {NAME} 127.0.0.1");
    let browser = Browser::start_with(&[&resolved, "--ignore-certificate-errors"]).await?;
    let host = format!("{NAME}:{}", caddy.port());
    let tab = browser.open(&format!("https://{host}/developers")).await?;
    let id = id(&tab).await?;
    tab.wait_for_words(&format!("https://{host}/nodes/{id}")).await?;
    let authority = caddy.authority().display().to_string();
    let by_path = format!("https://{host}/nodes/{id}");
    let told = ["--cacert", authority.as_str(), "--connect-to", &format!("::127.0.0.1:{}", caddy.port())];
    for url in [format!("{by_path}/is_valid"), format!("https://{id}:x@{host}/is_valid")] {
        let answered = async || Ok(Curl::get(&url).with(&told).send().await?.status);
        wait_until(&url, PATIENCE, answered, |status| *status == 200).await?;
    }
    let closed = Curl::get(format!("{by_path}/mine_block")).with(&told).send().await?;
    assert_eq!(closed.status, 401, "a stranger mines with nobody's tab: {}", closed.body);
    browser.assert_no_complaints(&[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_nginx_as_it_comes_page_and_log_say_that_it_keeps_websockets_back() -> Result<(), Failure> {
    let relay = Relay::start_easy(&["--trust-proxy", "127.0.0.1"]).await?;
    let location = format!("location / {{ proxy_pass http://{}; }}", relay.host());
    let nginx = Proxy::nginx(&format!("server {{ listen 127.0.0.1:PORT; {location} }}")).await?;
    let refused = Curl::get(format!("http://127.0.0.1:{}/mine_block", nginx.port())).json(403).await?;
    assert_eq!(refused["rule"], "own node", "strangers are kept out: {refused}");
    let browser = Browser::start().await?;
    let tab = browser.open(&format!("http://127.0.0.1:{}/", nginx.port())).await?;
    tab.wait_for_words("WebSocket").await?;
    tab.wait_for_words("a proxy left out").await?;
    let log = relay.log().join("\n");
    assert!(log.contains("WebSocket refused") && log.contains("a proxy left out"), "{log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn under_a_path_that_the_relay_does_not_know_the_page_names_the_option() -> Result<(), Failure> {
    let relay = Relay::start_easy(&["--trust-proxy", "127.0.0.1"]).await?;
    let location = format!("location /coin/ {{ proxy_pass http://{}/; include snippets/tabcoin.conf; }}", relay.host());
    let nginx = Proxy::nginx(&format!("server {{ listen 127.0.0.1:PORT; {location} }}")).await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&format!("http://127.0.0.1:{}/coin/", nginx.port())).await?;
    tab.wait_for_words("--base-path /coin").await
}
