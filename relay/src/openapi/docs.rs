//! The page to try the document at: Swagger UI, served from here, with nothing from anywhere else.
//!
//! The policy of every other page holds here too. Swagger UI needs nothing beyond it: its scripts and styles are files of
//! the relay, what it styles itself it styles through the document's own interface, and its icons are `data:` images,
//! which the app draws as well.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use flate2::read::GzDecoder;
use shared::Receipt;

use crate::assets::AppFile;
use crate::refusal::refusal;
use crate::relay::Relay;

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
    let page = async |headers: HeaderMap| file(PAGE, &headers);
    let named = async |Path(name): Path<String>, headers: HeaderMap| file(&name, &headers);
    Router::new().route("/docs", get(page)).route("/docs/{file}", get(named))
}

fn file(name: &str, headers: &HeaderMap) -> Response {
    let Some(file) = FILES.get(name) else {
        let name: String = name.chars().take(80).collect();
        return refusal(StatusCode::NOT_FOUND, Receipt::new("path", "/docs", format!("/docs/{name}")));
    };
    file.answer(headers)
}
