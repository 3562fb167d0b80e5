//! Reads the body of a request whole, within a size and a time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use shared::Receipt;
use tokio::time::timeout;

use crate::limits::BODY_MS;

/// Reads a body of at most so many bytes.
///
/// # Errors
/// When it is longer, comes too slowly, or ends before all of it has come.
pub(crate) async fn read(headers: &HeaderMap, body: Body, bytes_max: usize) -> Result<Bytes, (StatusCode, Receipt)> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let too_large = |found: String| {
        (StatusCode::PAYLOAD_TOO_LARGE, Receipt::new("body size", format!("at most {bytes_max} bytes"), found))
    };
    if let Some(announced) = announced.filter(|announced| *announced > bytes_max as u64) {
        return Err(too_large(format!("{announced} bytes")));
    }
    let reading = async {
        let (mut body, mut read) = (body, Vec::new());
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| cut_short(announced, read.len()))?;
            // Trailers are no part of it.
            let data = frame.into_data().unwrap_or_default();
            if read.len() + data.len() > bytes_max {
                return Err(too_large("more".to_owned()));
            }
            read.extend_from_slice(&data);
        }
        Ok(read.into())
    };
    timeout(Duration::from_millis(BODY_MS), reading).await.unwrap_or_else(|_| {
        let expected = format!("all of it within {BODY_MS} ms");
        Err((StatusCode::REQUEST_TIMEOUT, Receipt::new("body time", expected, "part of it")))
    })
}

fn cut_short(announced: Option<u64>, read: usize) -> (StatusCode, Receipt) {
    let expected = announced.map_or("chunks up to the last".to_owned(), |announced| format!("{announced} bytes"));
    (StatusCode::BAD_REQUEST, Receipt::new("body", expected, format!("{read} bytes, and no more")))
}
