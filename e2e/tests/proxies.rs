//! A relay behind real nginx and Caddy, as their documentation and ours configure them.

use std::process::Output;
use std::time::Duration;

use e2e::proxy::{Certificate, NAME, documented};
use e2e::wait::PATIENCE;
use e2e::{Archive, Curl, Failure, Peer, Proxy, Relay, wait_until};
use shared::testing::{ChainBuilder, easy_params};
use tokio::process::Command;

/// What a hosted relay is started with, besides where it listens.
const HOSTED: [&str; 4] = ["--trust-proxy", "127.0.0.1", "--public-url", "https://coin.example"];
/// The relay in the documentation.
const UPSTREAM: &str = "127.0.0.1:5001";

async fn hosted(more: &[&str]) -> Result<Relay, Failure> {
    Relay::start_easy(&[&HOSTED[..], more].concat()).await
}

/// Where a client finds a proxy: the address in its URLs, and what curl must be told to get there.
struct Place {
    url: String,
    curl: Vec<String>,
}

impl Place {
    /// Plain http on loopback.
    fn plain(proxy: &Proxy, path: &str) -> Self {
        Self { url: format!("http://127.0.0.1:{}{path}", proxy.port()), curl: Vec::new() }
    }

    /// https under the name of the documentation.
    fn secure(port: u16, certificate: &std::path::Path, path: &str) -> Self {
        let curl = [
            "--cacert".to_owned(),
            certificate.display().to_string(),
            "--connect-to".to_owned(),
            format!("::127.0.0.1:{port}"),
        ];
        Self { url: format!("https://{NAME}:{port}{path}"), curl: curl.into() }
    }

    fn get(&self, path: &str) -> Curl {
        self.told(Curl::get(format!("{}{path}", self.url)))
    }

    fn post(&self, path: &str, json: &str) -> Curl {
        self.told(Curl::post(format!("{}{path}", self.url), json))
    }

    fn told(&self, curl: Curl) -> Curl {
        let options: Vec<&str> = self.curl.iter().map(String::as_str).collect();
        curl.with(&options)
    }

    /// What a stream or an upgrade has sent within two seconds, its head included.
    async fn stream(&self, path: &str, options: &[&str]) -> Result<String, Failure> {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--include", "--no-buffer", "--http1.1", "--max-time", "2"]);
        let Output { stdout, .. } =
            curl.args(&self.curl).args(options).arg(format!("{}{path}", self.url)).output().await?;
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    }

    /// The head of the answer to a page's WebSocket.
    async fn upgrade(&self, origin: &str) -> Result<String, Failure> {
        let origin = format!("Origin: {origin}");
        let headers = [
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            &origin,
        ];
        let options: Vec<&str> = headers.iter().flat_map(|header| ["-H", header]).collect();
        self.stream("/ws/main", &options).await
    }

    fn origin(&self) -> String {
        let host = self.url.find("://").map_or(0, |at| at + 3);
        let end = self.url[host..].find('/').map_or(self.url.len(), |at| host + at);
        self.url[..end].to_owned()
    }
}

/// All that must work of a hosted relay, whatever stands before it.
async fn check(place: &Place) -> Result<(), Failure> {
    let page = place.get("/").send().await?;
    assert_eq!((page.status, page.content_type.as_str()), (200, "text/html; charset=utf-8"), "{}", place.url);
    let script = page.body.split('\'').find(|part| part.ends_with(".js")).expect("the page names its script");
    let script = place.told(Curl::get(format!("{}{script}", place.origin()))).send().await?;
    assert_eq!((script.status, script.content_type.as_str()), (200, "text/javascript; charset=utf-8"));
    for path in ["/worker.js", "/docs", "/docs/docs.js", "/healthz", "/rooms/classic/get_chain", "/get_chain"] {
        assert_eq!(place.get(path).send().await?.status, 200, "{path} at {}", place.url);
    }
    let room = place.get("/api/v1/rooms/main").json(200).await?;
    let url = room["url"].as_str().unwrap_or_default();
    assert_eq!(place.told(Curl::get(format!("{}{url}", place.origin()))).json(200).await?["url"], url);
    // The relay's node as a tab's address has it: in the path, and as the user.
    let nodes = place.get("/api/v1/rooms/main/nodes").json(200).await?;
    let id = nodes["nodes"][0]["id"].as_str().expect("the relay's own node").to_owned();
    place.get(&format!("/nodes/{id}/is_valid")).json(200).await?;
    place.get("/is_valid").with(&["--user", &format!("{id}:x")]).json(200).await?;
    // A stream whose first event comes at once is not held back.
    let events = place.stream("/api/v1/rooms/main/events", &[]).await?;
    assert!(events.contains("event: room"), "{events}");
    let opened = place.upgrade(&place.origin()).await?;
    assert!(opened.starts_with("HTTP/1.1 101"), "{opened}");
    let foreign = place.upgrade("https://evil.example").await?;
    assert!(foreign.starts_with("HTTP/1.1 403"), "{foreign}");
    // Strangers, whatever they say of where they are.
    for lie in ["X-Other: 1", "X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1", "X-Real-IP: 127.0.0.1"] {
        let refused = place.get("/mine_block").header(lie).json(403).await?;
        assert_eq!(refused["rule"], "own node", "{refused}");
    }
    place.post("/add_transaction", "{}").json(403).await?;
    // The relay's receipt for a long body arrives, though it refuses before the proxy has sent all.
    let long = format!("{{\"x\": \"{}\"}}", "x".repeat(100_000));
    let refused = place.post("/api/v1/rooms/main/transactions", &long).json(413).await?;
    assert_eq!(refused["rule"], "body size", "{refused}");
    Ok(())
}

fn nginx_site(relay: &Relay, certificate: &Certificate, proxy_port: &str) -> Result<String, Failure> {
    let folder = certificate.path().parent().expect("it lies in a folder").display().to_string();
    documented(
        "nginx-site.conf",
        &[
            (UPSTREAM, relay.host()),
            ("/etc/letsencrypt/live/coin.example", &folder),
            ("listen 80;", &format!("listen 127.0.0.2:{proxy_port};")),
            ("listen [::]:80;", ""),
            ("listen 443 ", &format!("listen 127.0.0.1:{proxy_port} ")),
            ("listen [::]:443 ", &format!("listen [::1]:{proxy_port} ")),
        ],
    )
}

#[tokio::test]
async fn a_relay_behind_nginx_at_a_host_of_its_own_is_hosted() -> Result<(), Failure> {
    let relay = hosted(&[]).await?;
    let certificate = Certificate::make().await?;
    let nginx = Proxy::nginx(&nginx_site(&relay, &certificate, "PORT")?).await?;
    let place = Place::secure(nginx.port(), &certificate.path(), "");
    check(&place).await?;
    // A node as a host, and over IPv6.
    let nodes = place.get("/api/v1/rooms/main/nodes").json(200).await?;
    let id = nodes["nodes"][0]["id"].as_str().expect("the relay's own node");
    place.told(Curl::get(format!("https://{id}.{NAME}:{}/is_valid", nginx.port()))).json(200).await?;
    let mut six = Place::secure(nginx.port(), &certificate.path(), "");
    six.curl[3] = format!("::[::1]:{}", nginx.port());
    six.get("/healthz").json(200).await?;
    Ok(())
}

#[tokio::test]
async fn a_relay_under_a_path_of_nginx_is_hosted_whether_the_path_is_handed_on_or_not() -> Result<(), Failure> {
    let relay = hosted(&["--base-path", "/coin"]).await?;
    for slash in ["", "/"] {
        let block = format!("location /coin/ {{\n    proxy_pass http://{}{slash};", relay.host());
        let documented_block = format!("location /coin/ {{\n    proxy_pass http://{UPSTREAM};");
        let location = documented("nginx-path.conf", &[(&documented_block, &block), (UPSTREAM, relay.host())])?;
        let nginx = Proxy::nginx(&format!("server {{ listen 127.0.0.1:PORT; {location} }}")).await?;
        check(&Place::plain(&nginx, "/coin")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_relay_behind_caddy_is_hosted_at_its_host_and_under_a_path() -> Result<(), Failure> {
    let root = hosted(&[]).await?;
    let under = hosted(&["--base-path", "/coin"]).await?;
    let at_root = documented("Caddyfile", &[(UPSTREAM, root.host())])?;
    let handed_on = documented("Caddyfile-path", &[(UPSTREAM, under.host())])?;
    let taken_off = format!("{NAME} {{\n handle_path /coin/* {{\n reverse_proxy {}\n }}\n}}\n", under.host());
    for (sites, path) in [(at_root, ""), (handed_on, "/coin"), (taken_off, "/coin")] {
        let caddy = Proxy::caddy(&sites).await?;
        check(&Place::secure(caddy.port(), &caddy.authority(), path)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn clients_of_a_proxy_are_told_apart_by_what_the_proxy_says_and_not_by_what_they_say() -> Result<(), Failure> {
    // Two requests at once, then one a second.
    let relay = hosted(&["--base-path", "/coin", "--requests-per-second", "1"]).await?;
    let location = documented("nginx-path.conf", &[(UPSTREAM, relay.host())])?;
    let nginx = Proxy::nginx(&format!("server {{ listen 127.0.0.1:PORT; {location} }}")).await?;
    let caddy = Proxy::caddy(&documented("Caddyfile-path", &[(UPSTREAM, relay.host())])?).await?;
    let places = [Place::plain(&nginx, "/coin"), Place::secure(caddy.port(), &caddy.authority(), "/coin")];
    for (place, network) in places.iter().zip(1..) {
        let ask = async |from: &str, forged: usize| {
            let forged = format!("X-Forwarded-For: 203.0.113.{forged}");
            Ok::<_, Failure>(place.get("/healthz").with(&["--interface", from]).header(&forged).send().await?.status)
        };
        let (one, other) = (format!("127.0.{network}.2"), format!("127.0.{network}.3"));
        let mut statuses = Vec::new();
        for forged in 1..=4 {
            statuses.push(ask(&one, forged).await?);
        }
        assert!(statuses.contains(&429), "another forged address is no other client: {statuses:?}");
        assert_eq!(ask(&other, 1).await?, 200, "another client is");
    }
    Ok(())
}

#[tokio::test]
async fn a_chain_of_megabytes_and_a_link_that_is_idle_pass_through_nginx() -> Result<(), Failure> {
    let relay = hosted(&["--base-path", "/coin"]).await?;
    // Just above the twenty seconds after which nodes ping each other.
    let location = documented("nginx-path.conf", &[(UPSTREAM, relay.host())])?;
    let site = format!("server {{ listen 127.0.0.1:PORT; {location} }}");
    let nginx = Proxy::nginx(&site).await?;
    let short = documented("nginx-tabcoin.conf", &[("proxy_read_timeout 150s;", "proxy_read_timeout 23s;")])?;
    let location =
        documented("nginx-path.conf", &[(UPSTREAM, relay.host()), ("include snippets/tabcoin.conf;", &short)])?;
    let impatient = Proxy::nginx(&format!("server {{ listen 127.0.0.1:PORT; {location} }}")).await?;

    let mut chain = ChainBuilder::new(easy_params());
    chain.mine_many(1, 2_500);
    let origin = format!("http://127.0.0.1:{}", impatient.port());
    let socket = format!("{}/coin/ws/main", origin.replacen("http", "ws", 1));
    let member = Archive::serve_over(Peer::connect_at(&socket, Some(&origin)).await?, chain, 1)?;
    let started = std::time::Instant::now();
    let place = Place::plain(&nginx, "/coin");
    let height = async || Ok(place.get("/api/v1/rooms/main").json(200).await?["tip"]["height"].as_u64());
    wait_until("the chain of the member", PATIENCE, height, |height| *height == Some(2_500)).await?;
    let directly = Curl::get(relay.page("/get_chain")).send().await?;
    let by_nginx = place.get("/get_chain").send().await?;
    assert!(by_nginx.body.len() > 1_000_000 && by_nginx.body == directly.body, "{} bytes", by_nginx.body.len());
    tokio::time::sleep(Duration::from_secs(27).saturating_sub(started.elapsed())).await;
    assert!(!member.has_ended(), "the link was cut: {}", impatient.log());
    Ok(())
}
