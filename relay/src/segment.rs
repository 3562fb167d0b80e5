//! The part of a path that names a room, a node or a file, refused with a receipt where it is no text.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use shared::Receipt;

use crate::refusal::refusal;

/// The first parameter of a route's path, decoded.
#[derive(Debug)]
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let path = RawPathParams::from_request_parts(parts, state).await;
        let path = path.map_err(|error| refusal(StatusCode::BAD_REQUEST, not_text(&error.body_text())))?;
        Ok(Self(path.iter().next().map_or_else(String::new, |(_, value)| value.to_owned())))
    }
}

/// The receipt for a path whose percent-encoded bytes are no text.
pub(crate) fn not_text(found: &str) -> Receipt {
    Receipt::new("path", "percent-encoded UTF-8", found)
}
