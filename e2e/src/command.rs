//! WebDriver commands that the client library has no method for.

use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::failure::Failure;

/// A command by its path below the session.
#[derive(Debug)]
struct Command {
    path: String,
    body: Option<Value>,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        match &self.body {
            Some(body) => (Method::POST, Some(body.to_string())),
            None => (Method::GET, None),
        }
    }
}

/// Asks the browser what an element is called, as a screen reader hears it.
pub(crate) async fn computed_label(client: &Client, element: &str) -> Result<String, Failure> {
    let command = Command { path: format!("element/{element}/computedlabel"), body: None };
    Ok(client.issue_cmd(command).await?.as_str().unwrap_or_default().to_owned())
}

/// Sends a command of the DevTools protocol to the page of the session.
pub(crate) async fn devtools(client: &Client, name: &str, parameters: Value) -> Result<Value, Failure> {
    let body = Some(json!({ "cmd": name, "params": parameters }));
    Ok(client.issue_cmd(Command { path: "goog/cdp/execute".to_owned(), body }).await?)
}

/// Takes the lines the pages have written to the console since the last call.
pub(crate) async fn console(client: &Client) -> Result<Vec<Value>, Failure> {
    let body = Some(json!({ "type": "browser" }));
    let lines = client.issue_cmd(Command { path: "se/log".to_owned(), body }).await?;
    Ok(lines.as_array().cloned().unwrap_or_default())
}
