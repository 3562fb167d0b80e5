//! A request of HTTP, read as what is handed to a node: within its limits, and with nothing of it but what the node needs.

use axum::body::Body;
use axum::extract::Request as HttpRequest;
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use shared::Receipt;
use shared::exchange::{REQUEST_BYTES_MAX, Request};
use shared::text::read_utf8;
use shared::tutorial::Route;

use super::tab::NoAnswer;
use super::whom::Credentials;
use crate::body;
use crate::visitors::Visitor;

/// The longest name of a program that is handed on, in characters.
const AGENT_CHARS_MAX: usize = 120;

/// Reads a request, its body included.
pub(super) async fn read(route: Route, request: HttpRequest, visitor: Visitor) -> Result<Request, NoAnswer> {
    let token = Credentials::read(request.headers()).token;
    let (parts, body) = request.into_parts();
    let body = if route.method() == "POST" { read_body(&parts.headers, body).await? } else { String::new() };
    Ok(Request {
        number: 0,
        method: parts.method.to_string(),
        path: route.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        content_type: media_type(&parts.headers),
        body,
        token,
        agent: header(&parts.headers, USER_AGENT).map(|agent| agent.chars().take(AGENT_CHARS_MAX).collect()),
        is_foreign: visitor.is_foreign,
        within_ms: 0,
    })
}

async fn read_body(headers: &HeaderMap, body: Body) -> Result<String, NoAnswer> {
    let bytes = body::read(headers, body, REQUEST_BYTES_MAX).await?;
    let text = read_utf8(&bytes).map(str::to_owned);
    text.map_err(|error| (StatusCode::BAD_REQUEST, Receipt::new("body", "text in UTF-8", error.to_string())))
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The media type of the body, without parameters, in lower case.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = header(headers, CONTENT_TYPE)?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}
