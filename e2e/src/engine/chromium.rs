//! Chromium and chromedriver.

use std::path::Path;

use serde_json::{Map, Value, json};
use tokio::process::Command;

use crate::driver::Started;
use crate::failure::Failure;
use crate::given;
use crate::process_group::ProcessGroup;

/// How Chromium is started: without a screen, and silent towards the network. Without a sandbox, because tests may run as
/// root, where there is none.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
];

pub(super) async fn start_driver(group: &mut ProcessGroup) -> Result<Started, Failure> {
    let mut command = Command::new(given::chromedriver()?);
    command.arg("--port=0");
    let (lines, port) = group.spawn(command)?.until(port_in).await?;
    Ok(Started { port, lines })
}

pub(super) fn capabilities(profile: &Path, more: &[&str]) -> Result<Map<String, Value>, Failure> {
    let mut arguments: Vec<String> = ARGUMENTS.iter().chain(more).map(|&argument| argument.to_owned()).collect();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    let mut capabilities = Map::new();
    capabilities.insert("goog:chromeOptions".into(), json!({ "binary": given::chrome()?, "args": arguments }));
    capabilities.insert("goog:loggingPrefs".into(), json!({ "browser": "ALL" }));
    Ok(capabilities)
}

/// Reads the port out of `ChromeDriver was started successfully on port 38115.`
fn port_in(line: &str) -> Option<u16> {
    line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_the_drivers_greeting() {
        assert_eq!(port_in("ChromeDriver was started successfully on port 38115."), Some(38115));
        assert_eq!(port_in("Starting ChromeDriver 156.0 on port 0"), None);
    }
}
