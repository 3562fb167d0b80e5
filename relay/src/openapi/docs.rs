//! The page to try the document at: Swagger UI, served from here, with nothing from anywhere else.
//!
//! The policy of every other page holds here too. Swagger UI needs nothing beyond it: its scripts and styles are files of
//! the relay, what it styles itself it styles through the document's own interface, and its icons are `data:` images,
//! which the app draws as well.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use flate2::read::GzDecoder;

use crate::assets::AppFile;
use crate::relay::Relay;
use crate::rest::wrong_method;
use crate::segment::Segment;
use crate::unknown::no_such_path;

/// Swagger UI's own files, compressed as they came.
const PACKED: [(&str, &[u8]); 2] = [
    ("swagger-ui.css", include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz"))),
    ("swagger-ui-bundle.js", include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz"))),
];
/// The page around it.
const PLAIN: [(&str, &[u8]); 3] = [
    (PAGE, include_bytes!("docs/index.html")),
    ("docs.js", include_bytes!("docs/docs.js")),
    ("docs.css", include_bytes!("docs/docs.css")),
];
const PAGE: &str = "index.html";

static FILES: LazyLock<BTreeMap<&str, AppFile>> = LazyLock::new(|| {
    let packed = PACKED.map(|(name, gzip)| {
        let mut bytes = Vec::new();
        GzDecoder::new(gzip).read_to_end(&mut bytes).expect("the build packed it well");
        (name, AppFile::new(name, bytes, None, Some(gzip.to_vec())))
    });
    let plain = PLAIN.map(|(name, bytes)| (name, AppFile::new(name, bytes.to_vec(), None, None)));
    packed.into_iter().chain(plain).collect()
});

pub(super) fn router() -> Router<Arc<Relay>> {
    let page = async |headers: HeaderMap| FILES[PAGE].answer(&headers);
    Router::new()
        .route("/docs", get(page).fallback(wrong_method))
        .route("/docs/{file}", get(named).fallback(wrong_method))
}

async fn named(State(relay): State<Arc<Relay>>, Segment(name): Segment, request: Request) -> Response {
    match FILES.get(name.as_str()) {
        Some(file) => file.answer(request.headers()),
        None => no_such_path(&relay, None, request.method(), request.uri().path()),
    }
}
