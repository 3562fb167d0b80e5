//! Measures a round of the page it is given, in a real browser, for each line of standard input.
//!
//! The relay serves the page, because it serves whatever folder it is told is the app.

use std::io::BufRead;
use std::time::Duration;

use e2e::{Browser, Failure, Relay};

/// A round takes seconds, and longer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    for line in std::io::stdin().lock().lines() {
        // Which part of a round is wanted, if not all.
        let part = line?;
        // The page answers when it is done: to ask it meanwhile would take from the processors that it measures.
        let outcome = tab.run_async("round(arguments[0]).then(arguments[1])", vec![part.into()], PATIENCE).await?;
        println!("{}", outcome.as_str().ok_or_else(|| Failure::page(format!("a round as text, found {outcome}")))?);
    }
    Ok(())
}
