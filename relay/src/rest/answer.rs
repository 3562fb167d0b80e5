//! How data is answered: JSON with a tag, so that who asks again for what has not changed gets nothing.
//!
//! Whatever is on the chain may leave it again in a reorganisation, so nothing here may be kept without asking.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use shared::sha256;

/// Bytes of the hash that make a tag.
const TAG_BYTES: usize = 16;

/// An answer of JSON, tagged by its content.
pub(super) fn json(asked: &HeaderMap, value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).expect("answers have text keys and no values that JSON lacks");
    tagged(asked, "application/json", body)
}

/// An answer of bytes, tagged by their hash.
pub(super) fn tagged(asked: &HeaderMap, media_type: &'static str, body: Vec<u8>) -> Response {
    let tag = format!("\"{}\"", hex::encode(&sha256(&[&body])[..TAG_BYTES]));
    if is_known(asked, &tag) {
        return not_modified(&tag);
    }
    let mut response = Body::from(body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    tag_with(&mut response, &tag);
    response
}

/// Whether who asks has what has this tag (RFC 9110, section 13.1.2).
pub(super) fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let lines = asked.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// The answer to who has it.
pub(super) fn not_modified(tag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    tag_with(&mut response, tag);
    response
}

/// Tags an answer, which is then to be asked for each time.
pub(super) fn tag_with(response: &mut Response, tag: &str) {
    let headers = response.headers_mut();
    headers.insert(ETAG, HeaderValue::try_from(tag).expect("a quoted text of letters, digits and hyphens"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
}

/// Says where the next page is (RFC 8288).
pub(super) fn link_next(mut response: Response, next: Option<String>) -> Response {
    if let Some(next) = next {
        let link = HeaderValue::try_from(format!("<{next}>; rel=\"next\"")).expect("cursors are letters and digits");
        response.headers_mut().insert(LINK, link);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_tag_is_answered_without_a_body() {
        for (known, status) in [
            (None, 200),
            (Some("\"other\""), 200),
            (Some("TAG"), 304),
            (Some("W/TAG"), 304),
            (Some("\"other\", TAG"), 304),
            (Some("*"), 304),
        ] {
            let first = json(&HeaderMap::new(), &1);
            let tag = first.headers()[ETAG].to_str().expect("text");
            let mut asked = HeaderMap::new();
            if let Some(known) = known {
                asked.insert(IF_NONE_MATCH, HeaderValue::try_from(known.replace("TAG", tag)).expect("text"));
            }
            let answer = json(&asked, &1);
            assert_eq!(answer.status().as_u16(), status, "{known:?}");
            assert_eq!(answer.headers()[ETAG], first.headers()[ETAG]);
            assert_eq!(answer.headers()[CACHE_CONTROL], "no-cache");
            assert_ne!(json(&asked, &2).headers()[ETAG], first.headers()[ETAG], "another content, another tag");
        }
    }
}
