//! One file of the app: its bytes, its compressed forms, its tag, and how long a browser may keep it.

use std::io::Write;
use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::accept::takes;

/// A name with so many hex digits in a row carries a hash of what is in the file.
const HASH_DIGITS_MIN: usize = 8;
/// Files below this many bytes are not worth compressing.
const COMPRESS_BYTES_MIN: usize = 1024;

/// How long a browser may keep a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caching {
    /// For good: another content has another name.
    Forever,
    /// It asks each time whether the file changed.
    Revalidate,
}

impl Caching {
    /// What this file's name allows.
    pub fn of_name(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_hash = |part: &str| part.len() >= HASH_DIGITS_MIN && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        // Between the separators that builds use: "app-1f0c….js", "app-1f0c…_bg.wasm".
        if name.split(['-', '.', '_']).any(is_hash) { Self::Forever } else { Self::Revalidate }
    }

    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Forever => "public, max-age=31536000, immutable",
            Self::Revalidate => "no-cache",
        })
    }
}

/// A file of the app.
#[derive(Debug)]
pub(crate) struct AppFile {
    bytes: Bytes,
    brotli: Option<Bytes>,
    // Browsers accept brotli only over HTTPS and from this machine; in a classroom without certificates it is gzip,
    // made when first asked for.
    gzip: OnceLock<Option<Bytes>>,
    media_type: &'static str,
    tag: String,
    caching: Caching,
}

impl AppFile {
    pub(crate) fn new(path: &str, bytes: Vec<u8>, brotli: Option<Vec<u8>>, gzip: Option<Vec<u8>>) -> Self {
        let tag = hex::encode(&Sha256::digest(&bytes)[..16]);
        Self {
            bytes: bytes.into(),
            brotli: brotli.map(Bytes::from),
            gzip: gzip.map_or_else(OnceLock::new, |gzip| OnceLock::from(Some(Bytes::from(gzip)))),
            media_type: media_type(path).unwrap_or("application/octet-stream"),
            tag,
            caching: Caching::of_name(path),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn caching(&self) -> Caching {
        self.caching
    }

    pub(crate) fn answer(&self, request: &HeaderMap) -> Response {
        let (encoding, body) = self.body_for(request);
        // Each form has a tag of its own, as RFC 9110 section 8.8.3 asks.
        let tag = match encoding {
            Some(encoding) => format!("\"{}-{encoding}\"", self.tag),
            None => format!("\"{}\"", self.tag),
        };
        let is_known = request
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|known| known.trim().trim_start_matches("W/") == tag);
        let mut response =
            if is_known { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(body).into_response() };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, self.caching.header());
        headers.insert(ETAG, HeaderValue::try_from(tag).expect("hex digits"));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if !is_known {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
            if let Some(encoding) = encoding {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
        }
        response
    }

    /// The file where another was asked for that is not there: status 404, and nothing to keep.
    pub(super) fn answer_in_place_of_another(&self, request: &HeaderMap) -> Response {
        let (encoding, body) = self.body_for(request);
        let mut response = (StatusCode::NOT_FOUND, Body::from(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }

    fn body_for(&self, request: &HeaderMap) -> (Option<&'static str>, Bytes) {
        if let Some(brotli) = &self.brotli
            && takes(request, &ACCEPT_ENCODING, "br")
        {
            return (Some("br"), brotli.clone());
        }
        if takes(request, &ACCEPT_ENCODING, "gzip")
            && let Some(gzip) = self.gzip.get_or_init(|| self.compress())
        {
            return (Some("gzip"), gzip.clone());
        }
        (None, self.bytes.clone())
    }

    fn compress(&self) -> Option<Bytes> {
        if self.bytes.len() < COMPRESS_BYTES_MIN || !is_compressible(self.media_type) {
            return None;
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.bytes).ok()?;
        let gzip = encoder.finish().ok()?;
        (gzip.len() < self.bytes.len()).then(|| gzip.into())
    }
}

/// The media type of an app's file, by its ending; `None` for what no app has. A folder may hold other things than the
/// app, and nobody is to get them.
pub(super) fn media_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

fn is_compressible(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || matches!(
            media_type,
            "application/wasm" | "application/json" | "application/manifest+json" | "image/svg+xml" | "image/x-icon"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_with_a_hash_of_eight_digits_or_more_is_kept_for_good() {
        for hashed in ["tabcoin-1f0c9a8b.js", "tabcoin-1F0C9A8B77_bg.wasm", "a/style-0123456789abcdef.css"] {
            assert_eq!(Caching::of_name(hashed), Caching::Forever, "{hashed}");
        }
        for plain in ["worker.js", "index.html", "icon-1f0c9a8.svg", "0123456789abcdef/worker.js", "deadbeats.js"] {
            assert_eq!(Caching::of_name(plain), Caching::Revalidate, "{plain}");
        }
    }
}
