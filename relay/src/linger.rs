//! Reads on what a client still sends of a body that nobody wants, within limits, so that the client gets to read why.
//!
//! A connection that is closed with bytes unread is reset, and a client that sends before it reads, as proxies do, loses
//! the answer (RFC 9112 section 9.6). So a body that is dropped before its end is read and forgotten by a task of its own.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::EXPECT;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::limits::{UNWANTED_BYTES_MAX, UNWANTED_MS};

/// The body of a request, whose rest is read when it is dropped.
#[derive(Debug)]
pub(crate) struct Lingering {
    // Taken when it is at its end, or dropped.
    body: Option<Incoming>,
    // A client that waits for leave to send (`Expect: 100-continue`) sends nothing after a refusal.
    is_held_back: bool,
    stop: CancellationToken,
}

impl Lingering {
    /// The body of a request with these headers. Nothing more of it is read once `stop` is cancelled.
    pub(crate) fn new(body: Incoming, headers: &HeaderMap, stop: CancellationToken) -> Self {
        Self { body: Some(body), is_held_back: headers.contains_key(EXPECT), stop }
    }
}

impl Body for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.is_held_back = false;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream() && !self.is_held_back);
        // Where the runtime ends, so do the connections.
        if let (Some(rest), Ok(runtime)) = (rest, Handle::try_current()) {
            let stop = self.stop.clone();
            runtime.spawn(async move {
                let reading = tokio::time::timeout(Duration::from_millis(UNWANTED_MS), forget(rest));
                stop.run_until_cancelled(reading).await
            });
        }
    }
}

/// Reads a body to its end, or to the limit.
async fn forget(mut body: Incoming) {
    let mut left = UNWANTED_BYTES_MAX;
    while let Some(Ok(frame)) = body.frame().await {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(bytes) {
            Some(less) => left = less,
            None => return,
        }
    }
}
