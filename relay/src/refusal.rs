//! Refusals over HTTP: a status and the receipt as JSON.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use shared::Receipt;

/// After how many seconds it is worth asking again, where it is.
pub(crate) const RETRY_SECONDS: u64 = 2;

/// An answer that refuses.
pub(crate) fn refusal(status: StatusCode, receipt: Receipt) -> Response {
    let mut response = (status, [(CACHE_CONTROL, "no-store")], Json(receipt)).into_response();
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS.into());
    }
    response
}
