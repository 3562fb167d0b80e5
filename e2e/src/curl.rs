//! curl, run as a learner runs it from a terminal.

use serde_json::Value;
use tokio::process::Command;

use crate::failure::Failure;

/// Longer than any answer takes; a block is mined within it but for the worst of luck.
const SECONDS_MAX: &str = "180";
/// What curl writes after the body, on a line of its own.
const CLOSING: &str = "\n%{http_code} %{content_type}";

/// A request that is put together and then sent.
#[derive(Clone, Debug)]
pub struct Curl {
    arguments: Vec<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The status code.
    pub status: u16,
    /// The media type, with its parameters.
    pub content_type: String,
    /// The body.
    pub body: String,
}

impl Curl {
    /// `curl URL`.
    pub fn get(url: impl Into<String>) -> Self {
        Self { arguments: vec![url.into()] }
    }

    /// Sends JSON, as every version of curl can.
    pub fn post(url: impl Into<String>, json: &str) -> Self {
        Self::get(url).with(&["-X", "POST", "-H", "Content-Type: application/json", "--data", json])
    }

    /// Adds options.
    #[must_use]
    pub fn with(mut self, options: &[&str]) -> Self {
        self.arguments.extend(options.iter().map(|&option| option.to_owned()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(self, header: &str) -> Self {
        self.with(&["-H", header])
    }

    /// Sends it.
    pub async fn send(self) -> Result<Answered, Failure> {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--max-time", SECONDS_MAX, "--write-out", CLOSING]);
        let output = curl.args(&self.arguments).output().await?;
        let text = String::from_utf8_lossy(&output.stdout);
        let closing = text.rsplit_once('\n').and_then(|(body, closing)| Some((body, closing.split_once(' ')?)));
        match closing {
            Some((body, (status, content_type))) if output.status.success() => Ok(Answered {
                status: status.parse().map_err(|_| Failure::setup(format!("{status:?} is no status")))?,
                content_type: content_type.to_owned(),
                body: body.to_owned(),
            }),
            _ => {
                let said = String::from_utf8_lossy(&output.stderr);
                Err(Failure::setup(format!("curl {} failed: {}", self.arguments.join(" "), said.trim())))
            }
        }
    }

    /// Sends it and reads the JSON that must come back with this status.
    pub async fn json(self, status: u16) -> Result<Value, Failure> {
        let asked = self.arguments.join(" ");
        let answered = self.send().await?;
        if answered.status != status {
            let found = format!("{} {}", answered.status, answered.body);
            return Err(Failure::page(format!("curl {asked}: expected status {status}, found {found}")));
        }
        serde_json::from_str(&answered.body)
            .map_err(|error| Failure::page(format!("curl {asked}: expected JSON, found {:?}: {error}", answered.body)))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn no_document_asks_for_a_newer_curl_than_learners_have() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let documents =
            std::fs::read_dir(root.join("docs")).expect("the documents").map(|entry| entry.expect("one").path());
        for document in documents.chain([root.join("README.md"), root.join("CONTRIBUTING.md")]) {
            let Ok(text) = std::fs::read_to_string(&document) else { continue };
            // The version of Ubuntu 22.04, 7.81, has no --json.
            let newer = text.lines().find(|line| line.contains("curl") && line.contains("--json"));
            assert_eq!(newer, None, "{}", document.display());
        }
    }
}
