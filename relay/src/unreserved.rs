//! Reads a path's letters, digits and marks as what they are where they are percent-encoded: `/rooms/%63lassic` is
//! `/rooms/classic` (RFC 3986 section 6.2.2.2), for every reader of paths alike.

use axum::http::{Request, Uri};

/// Writes the path of a request without needless percent-encoding. What has a meaning in a path stays encoded.
pub(crate) fn decode<B>(request: &mut Request<B>) {
    let uri = request.uri();
    let (path, query) = (uri.path(), uri.query().map_or_else(String::new, |query| format!("?{query}")));
    if !path.contains('%') {
        return;
    }
    // A path with fewer encodings is still one; and if not, the request stays as it is.
    if let Ok(uri) = format!("{}{query}", decoded(path)).parse::<Uri>() {
        *request.uri_mut() = uri;
    }
}

fn decoded(path: &str) -> String {
    let mut pieces = path.split('%');
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let byte = piece.get(..2).and_then(|digits| hex::decode(digits).ok()).and_then(|bytes| bytes.first().copied());
        match byte.filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte)) {
            Some(byte) => {
                decoded.push(char::from(byte));
                decoded.push_str(&piece[2..]);
            }
            None => {
                decoded.push('%');
                decoded.push_str(piece);
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_and_marks_are_decoded_and_nothing_else_is() {
        for (path, expected) in [
            ("/rooms/%63lassic/get%5Fchain", "/rooms/classic/get_chain"),
            ("/%7Eada%2D1", "/~ada-1"),
            ("/a%2Fb%3F%23%25%00%ff%20", "/a%2Fb%3F%23%25%00%ff%20"),
            ("/%2563", "/%2563"),
            ("/%", "/%"),
            ("/%6", "/%6"),
            ("/%zz%6\u{e9}", "/%zz%6\u{e9}"),
        ] {
            assert_eq!(decoded(path), expected);
        }
    }

    #[test]
    fn the_query_stays_as_it_was_written() {
        let mut request = Request::builder().uri("/%67et_chain?format=%62ytes").body(()).expect("a request");
        decode(&mut request);
        assert_eq!(request.uri(), "/get_chain?format=%62ytes");
    }
}
