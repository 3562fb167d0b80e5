//! Measures how long a fresh tab takes to join a long chain, from opening the page to the last block.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;
use e2e::{Browser, Failure, Relay};
use tokio::process::Command;

/// Longer than anybody would wait.
const PATIENCE: Duration = Duration::from_secs(600);

/// Fills a relay's store with a long chain, then joins it with a fresh tab of a fresh browser, and prints the seconds.
#[derive(Debug, Parser)]
#[command(name = "join")]
struct Arguments {
    /// The program that fills a store
    #[arg(long, value_name = "PROGRAM")]
    fill: PathBuf,

    /// How many blocks of ten payments
    #[arg(long)]
    blocks: u32,

    /// How often to join
    #[arg(long)]
    joins: u32,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let mut filled = serde_json::Value::Null;
    let relay = Relay::start_prepared(async |data, params| {
        let mut fill = Command::new(&arguments.fill);
        fill.arg("fill").arg("--data-dir").arg(data).arg("--params").arg(params);
        let output = fill.arg("--blocks").arg(arguments.blocks.to_string()).output().await?;
        filled = serde_json::from_slice(&output.stdout)
            .map_err(|_| Failure::setup(String::from_utf8_lossy(&output.stderr).into_owned()))?;
        Ok(())
    })
    .await?;
    let height = filled["height"].to_string();
    let mut seconds = Vec::new();
    for _ in 0..arguments.joins {
        let browser = Browser::start().await?;
        let began = Instant::now();
        let tab = browser.open(&relay.page("/")).await?;
        tab.wait_for_within("tip-height", &height, PATIENCE).await?;
        seconds.push(began.elapsed().as_secs_f64());
    }
    println!(
        "{}",
        serde_json::json!({ "blocks": filled["height"], "payments": filled["payments"], "seconds": seconds })
    );
    Ok(())
}
