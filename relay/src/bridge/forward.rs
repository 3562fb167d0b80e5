//! One request, asked of the Python node, and its answer as it came.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use axum::http::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use shared::classic::is_tutorials;
use shared::exchange::{ANSWER_BYTES_MAX, Answer, Body, Request};
use shared::text::read_utf8;
use shared::{Receipt, Refusal};

use crate::authority::Authority;
use crate::client::{self, Asking, Came};

/// The port of HTTP.
const HTTP: u16 = 80;
/// How much of an answer that is no node's is quoted, in characters.
const FOUND_CHARS_MAX: usize = 80;

/// Where a Python node is: `http://127.0.0.1:5001`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeUrl {
    host: String,
}

/// Text that names no node, or a node that cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum NodeUrlError {
    /// It is no such address.
    #[error("expected a node's address such as http://127.0.0.1:5001, found {found:?}")]
    NotAnAddress {
        /// The text.
        found: String,
    },
    /// The name leads nowhere.
    #[error("expected {host} to be a host that can be found, found: {error}")]
    Unknown {
        /// The host.
        host: String,
        /// What the system says.
        error: std::io::Error,
    },
}

impl std::str::FromStr for NodeUrl {
    type Err = NodeUrlError;

    fn from_str(text: &str) -> Result<Self, NodeUrlError> {
        let refused = || NodeUrlError::NotAnAddress { found: text.chars().take(80).collect() };
        let (scheme, host) = text.split_once("://").ok_or_else(refused)?;
        let host = host.trim_end_matches('/');
        // A scheme has no case (RFC 3986, section 3.1).
        if !scheme.eq_ignore_ascii_case("http") || host.parse::<Authority>().is_err() {
            return Err(refused());
        }
        Ok(Self { host: host.to_owned() })
    }
}

impl fmt::Display for NodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.host)
    }
}

impl NodeUrl {
    /// Its first address.
    ///
    /// # Errors
    /// When the name leads nowhere.
    pub(super) async fn resolve(&self) -> Result<SocketAddr, NodeUrlError> {
        let has_port = self.host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let target = if has_port { self.host.clone() } else { format!("{}:{HTTP}", self.host) };
        let unknown = |error| NodeUrlError::Unknown { host: self.host.clone(), error };
        let mut found = tokio::net::lookup_host(target).await.map_err(unknown)?;
        found.next().ok_or_else(|| unknown(std::io::ErrorKind::NotFound.into()))
    }
}

/// Asks the node what was asked of the bridge. A node that does not answer is a 502 with the receipt.
pub(super) async fn ask(node: &NodeUrl, address: SocketAddr, request: &Request) -> Answer {
    let path = match request.query.as_str() {
        "" => request.path.clone(),
        query => format!("{}?{query}", request.path),
    };
    let is_post = request.method == "POST";
    let body = is_post.then(|| (request.content_type.as_deref().unwrap_or_default(), request.body.clone()));
    let asking = Asking {
        address,
        host: &node.host,
        method: if is_post { Method::POST } else { Method::GET },
        path: &path,
        authorization: None,
        body,
        bytes_max: ANSWER_BYTES_MAX,
        within: Duration::from_millis(request.within_ms),
    };
    match client::ask(asking).await {
        Ok(Came { status, content_type, body }) => match String::from_utf8(body) {
            Ok(text) => {
                let is_json = content_type.starts_with("application/json");
                let body = if is_json { Body::Json(text) } else { Body::Text(text) };
                Answer { status: status.as_u16(), body }
            }
            Err(error) => Answer::refusal(502, &Receipt::new("answer", "text in UTF-8", error.to_string())),
        },
        Err(error) => Answer::refusal(502, &error.receipt()),
    }
}

#[derive(Deserialize)]
struct ChainAnswer<'a> {
    #[serde(borrow)]
    chain: &'a RawValue,
}

/// The node's chain: the JSON array of its blocks, digit for digit as it wrote them.
pub(super) async fn chain(node: &NodeUrl, address: SocketAddr, within: Duration) -> Result<String, Receipt> {
    let asking = Asking {
        address,
        host: &node.host,
        method: Method::GET,
        path: "/get_chain",
        authorization: None,
        body: None,
        bytes_max: ANSWER_BYTES_MAX,
        within,
    };
    let came = client::ask(asking).await.map_err(|error| error.receipt())?;
    let expected = "{\"chain\": […], \"length\": n} with the tutorial's blocks";
    if !is_tutorials(&came.body) {
        if is_sealed(&came.body) {
            let found = "a node with sealed blocks, as a relay's room main has; give the address of your Python node, or \
                         start that relay with --root-room classic";
            return Err(Receipt::new("get_chain", expected, found));
        }
        let start: String = String::from_utf8_lossy(&came.body).chars().take(FOUND_CHARS_MAX).collect();
        return Err(Receipt::new("get_chain", expected, format!("status {}: {start}", came.status.as_u16())));
    }
    let answer: ChainAnswer<'_> = read_utf8(&came.body)
        .map_err(|error| error.to_string())
        .and_then(|text| serde_json::from_str(text).map_err(|error| error.to_string()))
        .map_err(|error| Receipt::new("get_chain", expected, format!("status {}, {error}", came.status.as_u16())))?;
    Ok(answer.chain.get().to_owned())
}

/// Whether an answer is a chain whose blocks have a seal beside the tutorial's five fields.
fn is_sealed(answer: &[u8]) -> bool {
    let answer: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
    let genesis = &answer["chain"][0];
    genesis["proof"].is_number() && genesis["hash"].is_string() && genesis["height"].is_number()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_address_is_plain_http_and_a_host() {
        let node: NodeUrl = "http://127.0.0.1:5001/".parse().expect("an address");
        assert_eq!(node.to_string(), "http://127.0.0.1:5001");
        assert_eq!("HTTP://127.0.0.1:5001".parse::<NodeUrl>().expect("an address"), node);
        for bad in ["127.0.0.1:5001", "https://a", "http://", "http://a/b", "http://a:x@b"] {
            bad.parse::<NodeUrl>().expect_err(bad);
        }
    }
}
