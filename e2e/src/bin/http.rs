//! Measures how tabs answer HTTP: a chain from the store of a tab that has gone, and a question to a tab that is there,
//! beside a bare axum route of the same length in a process of its own.

use std::process::Stdio;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use clap::Parser;
use e2e::load::Load;
use e2e::{Browser, Curl, Failure, Relay, Tab};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// How long a block or a page may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long requests go on as fast as they can, each round.
const FLAT_OUT: Duration = Duration::from_secs(3);
/// Measures, and prints what came of it as JSON.
#[derive(Debug, Parser)]
#[command(name = "http")]
struct Arguments {
    /// How often each is measured, in turns
    #[arg(long, default_value_t = 5)]
    rounds: u32,

    /// Requests a second
    #[arg(long, default_value_t = 1_000)]
    rate: u32,

    /// Seconds at that pace, each round
    #[arg(long, default_value_t = 5)]
    seconds: u32,

    /// Blocks in the stored chain
    #[arg(long, default_value_t = 100)]
    blocks: u32,

    /// Only serve this many bytes on a bare route, for the measurement to compare with
    #[arg(long, hide = true)]
    bare: Option<usize>,
}

/// A bare axum route in a process of its own.
struct Bare {
    _child: Child,
    url: String,
}

impl Bare {
    async fn start(bytes: usize) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--bare", &bytes.to_string()]).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or_else(|| Failure::setup("the bare route has no output"))?;
        let url = BufReader::new(output).lines().next_line().await?;
        Ok(Self { _child: child, url: url.ok_or_else(|| Failure::setup("the bare route did not start"))? })
    }
}

async fn serve_bare(bytes: usize) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/", listener.local_addr()?);
    let body = "x".repeat(bytes);
    let route = Router::new().route("/", get(async move || body.clone()));
    Ok(axum::serve(listener, route).await?)
}

async fn open(browser: &Browser, relay: &Relay) -> Result<(Tab, String), Failure> {
    let tab = browser.open(&relay.page("/")).await?;
    let is_id = |id: &String| id.len() == 32;
    let id = tab.wait_until("a node id", PATIENCE, async || tab.text("node-id").await, is_id).await?;
    Ok((tab, relay.page(&format!("/nodes/{id}"))))
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    if let Some(bytes) = arguments.bare {
        return serve_bare(bytes).await;
    }
    let options = ["--requests-per-second", "1000000", "--tab-requests-per-second", "1000000"];
    // A room whose blocks cost next to nothing to mine.
    let relay = Relay::start_with(Some(&json!(shared::testing::easy_params()).to_string()), &options).await?;
    let browser = Browser::start().await?;
    let (live, live_url) = open(&browser, &relay).await?;
    let (gone, gone_url) = open(&browser, &relay).await?;
    gone.follow("Developers").await?;
    gone.switch("Open to everyone", true).await?;
    for _ in 0..arguments.blocks {
        Curl::get(format!("{gone_url}/mine_block")).json(200).await?;
    }
    live.look_at().await?;
    live.wait_for_within("tip-height", &arguments.blocks.to_string(), PATIENCE).await?;
    gone.close().await?;
    let is_gone = async || Ok(Curl::get(format!("{gone_url}/mine_block")).send().await?.status);
    e2e::wait_until("the tab to be gone", PATIENCE, is_gone, |status| *status == 503).await?;

    let pace = Duration::from_secs(arguments.seconds.into());
    let mut measured = Vec::new();
    for (name, url) in [("stored chain", format!("{gone_url}/get_chain")), ("live tab", format!("{live_url}/is_valid"))]
    {
        let load = Load::on(&url)?;
        let bytes = load.bytes().await?;
        let bare = Bare::start(bytes).await?;
        for _ in 0..arguments.rounds {
            for (place, load) in [("bare axum", &Load::on(&bare.url)?), ("relay", &load)] {
                let paced = load.paced(arguments.rate, pace).await?;
                let flat_out = load.flat_out(FLAT_OUT).await?;
                measured.push(json!({
                    "name": name, "place": place, "bytes": bytes, "per_second": paced.per_second,
                    "p50_ms": paced.p50_ms, "p99_ms": paced.p99_ms, "flat_out": flat_out,
                }));
            }
        }
    }
    println!("{}", json!(measured));
    Ok(())
}
