//! Firefox and geckodriver.

use std::path::Path;

use serde_json::{Map, Value, json};
use tokio::process::Command;

use super::WINDOW;
use crate::driver::Started;
use crate::failure::Failure;
use crate::given;
use crate::process_group::ProcessGroup;

pub(super) async fn start_driver(group: &mut ProcessGroup, profile: &Path) -> Result<Started, Failure> {
    let mut command = Command::new(given::geckodriver()?);
    command.args(["--port", "0", "--profile-root"]).arg(profile);
    command.env("HOME", profile);
    let (width, height) = WINDOW;
    command.env("MOZ_HEADLESS_WIDTH", width.to_string()).env("MOZ_HEADLESS_HEIGHT", height.to_string());
    // Its helper for crashes would be in a process group of its own.
    command.env("MOZ_CRASHREPORTER_DISABLE", "1");
    let (lines, port) = group.spawn(command)?.until(port_in).await?;
    Ok(Started { port, lines })
}

pub(super) fn capabilities() -> Result<Map<String, Value>, Failure> {
    let preferences = json!({
        // What pages write to the console is written to the output, and so are the errors nobody caught.
        "devtools.console.stdout.content": true,
        "browser.dom.window.dump.enabled": true,
        // Nothing but the tests talks to the network.
        "app.normandy.enabled": false,
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
        "services.settings.server": "data:,#remote-settings-dummy/v1",
    });
    let mut capabilities = Map::new();
    let options = json!({ "binary": given::firefox()?, "args": ["-headless"], "prefs": preferences });
    capabilities.insert("moz:firefoxOptions".into(), options);
    Ok(capabilities)
}

/// Reads the port out of `1796060519701 geckodriver INFO Listening on 127.0.0.1:34995`.
fn port_in(line: &str) -> Option<u16> {
    line.split_once("Listening on 127.0.0.1:")?.1.trim().parse().ok()
}

/// Returns what a line of the output says as a line of the console, if it is a page's.
pub(crate) fn console_line(line: &str) -> Option<String> {
    let is_of_a_page = |prefix: &str| line.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("http"));
    let is_error = is_of_a_page("JavaScript error: ") || line.starts_with("console.error: \"");
    is_error.then(|| format!("SEVERE {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_the_drivers_greeting() {
        let greeting = "1796060519701\tgeckodriver\tINFO\tListening on 127.0.0.1:34995";
        assert_eq!(port_in(greeting), Some(34995));
        assert_eq!(port_in("1796060521412\tMarionette\tINFO\tListening on port 35255"), None);
    }

    #[test]
    fn errors_of_pages_are_told_and_those_of_firefox_itself_are_not() {
        let error = "JavaScript error: http://127.0.0.1:33921/, line 2: Error: late";
        assert_eq!(console_line(error).as_deref(), Some(format!("SEVERE {error}").as_str()));
        assert!(console_line("console.error: \"boo\"").is_some());
        assert_eq!(console_line("JavaScript error: resource://gre/modules/X.sys.mjs, line 1: Error"), None);
        assert_eq!(console_line("console.log: \"fine\""), None);
    }
}
