//! What the tutorial keeps of a node's URL.

use super::limits::NETLOC_BYTES_MAX;
use crate::rules::receipt::{Receipt, Refusal};
use crate::tutorial::with_node_in_path;

/// The most of a URL that a receipt repeats, in characters.
const FOUND_CHARS_MAX: usize = 120;

/// A URL that names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Nothing after `//`, or no `//`.
    #[error("{found:?} names no host after //")]
    NoHost {
        /// The text.
        found: String,
    },
    /// Another scheme than those by which a node is asked.
    #[error("{found:?} begins with neither http:// nor https://")]
    Scheme {
        /// The beginning of the URL.
        found: String,
    },
    /// A bracket without the other, a character that is not ASCII, or white space.
    #[error("{found:?} has a host that is none")]
    Host {
        /// What stands there.
        found: String,
    },
    /// Too long.
    #[error("a host of {bytes} bytes, and {NETLOC_BYTES_MAX} are kept")]
    Length {
        /// How many bytes it has.
        bytes: usize,
    },
}

impl Refusal for UrlError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::NoHost { found } | Self::Scheme { found } => {
                Receipt::new("node", "a URL such as http://127.0.0.1:5002", format!("{found:?}"))
            }
            Self::Host { found } => Receipt::new(
                "node",
                "a host in ASCII without white space, such as 127.0.0.1:5002",
                format!("{found:?}"),
            ),
            Self::Length { bytes } => {
                Receipt::new("node", format!("a host of at most {NETLOC_BYTES_MAX} bytes"), format!("{bytes} bytes"))
            }
        }
    }
}

/// Python's `urlparse(url).netloc`: user information, host and port as they are written. The tutorial drops all else
/// and calls `http://{netloc}/get_chain` later. Here the node that the path names at a relay goes before the `@`, since
/// all nodes of one relay have one host; and white space around a URL is none of it.
///
/// Where Python finds none it gives an empty text, and the tutorial's `replace_chain` fails from then on; here the URL is
/// refused. So are other schemes than http and https, and characters that are not ASCII: an internationalised host is
/// written in its `xn--` form.
///
/// # Errors
/// When the URL names no host, or one that cannot be.
pub fn netloc(url: &str) -> Result<String, UrlError> {
    // Python drops these wherever they stand, and white space and control characters at the front.
    let cleaned: String = url.chars().filter(|character| !matches!(character, '\t' | '\r' | '\n')).collect();
    let mut rest = cleaned.trim_start_matches(|character| character <= ' ').trim_end();
    let found = || url.chars().take(FOUND_CHARS_MAX).collect();
    if let Some((scheme, after)) = rest.split_once(':')
        && is_scheme(scheme)
        && after.starts_with("//")
    {
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(UrlError::Scheme { found: found() });
        }
        rest = after;
    }
    let no_host = || UrlError::NoHost { found: found() };
    let rest = rest.strip_prefix("//").ok_or_else(no_host)?;
    let (netloc, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if netloc.is_empty() {
        return Err(no_host());
    }
    if netloc.contains('[') != netloc.contains(']') || !netloc.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(UrlError::Host { found: netloc.chars().take(FOUND_CHARS_MAX).collect() });
    }
    let netloc = with_node_in_path(netloc, path);
    if netloc.len() > NETLOC_BYTES_MAX {
        return Err(UrlError::Length { bytes: netloc.len() });
    }
    Ok(netloc)
}

/// RFC 3986, section 3.1.
fn is_scheme(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_inner)
}

/// A netloc without the password or token in its user information, for whoever need not know that.
pub fn without_password(netloc: &str) -> String {
    match netloc.rsplit_once('@') {
        Some((user, host)) => format!("{}@{host}", user.split(':').next().unwrap_or_default()),
        None => netloc.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_netloc_of_a_url_is_what_urlparse_says() {
        for (url, expected) in [
            ("http://127.0.0.1:5001", "127.0.0.1:5001"),
            ("http://127.0.0.1:5001/", "127.0.0.1:5001"),
            ("http://relay.example/nodes/abc?x#y", "relay.example"),
            ("http://abc:TOKEN@127.0.0.1:5001/x@y", "abc:TOKEN@127.0.0.1:5001"),
            ("HTTPS://Host?query", "Host"),
            ("//host#fragment", "host"),
            ("  \thttp://ho\nst:1", "host:1"),
            ("http://[::1]:5001/x", "[::1]:5001"),
            (" http://127.0.0.1:5002 \u{a0}", "127.0.0.1:5002"),
        ] {
            assert_eq!(netloc(url).as_deref(), Ok(expected), "{url}");
        }
    }

    #[test]
    fn the_node_that_a_path_names_goes_before_the_host() {
        let id = "0123456789abcdef0123456789abcdef";
        for (path, expected) in [
            (format!("/nodes/{id}"), format!("{id}@h:1")),
            (format!("/coin/nodes/{id}/get_chain?x"), format!("{id}@h:1")),
            (format!("/rooms/classic/nodes/{id}"), format!("{id}@h:1")),
            ("/rooms/classic".to_owned(), "classic@h:1".to_owned()),
            ("/coin/rooms/classic/#x".to_owned(), "classic@h:1".to_owned()),
        ] {
            assert_eq!(netloc(&format!("http://h:1{path}")), Ok(expected), "{path}");
        }
        assert_eq!(netloc(&format!("http://ada:x@h/nodes/{id}")).as_deref(), Ok("ada:x@h"));
    }

    #[test]
    fn a_scheme_by_which_no_node_is_asked_is_refused() {
        for url in ["ftp://127.0.0.1:5002", "x+y-z.1://h", "ws://h"] {
            assert_eq!(netloc(url), Err(UrlError::Scheme { found: url.to_owned() }));
        }
    }

    #[test]
    fn a_url_without_a_host_or_with_one_that_cannot_be_is_refused() {
        for url in
            ["", "127.0.0.1:5001", "localhost", "http:/host", "http://", "http:///path", "1http://host", "http//h"]
        {
            assert!(matches!(netloc(url), Err(UrlError::NoHost { .. })), "{url}");
        }
        for url in ["http://[::1", "http://::1]", "http://ho st", "http://bücher.example"] {
            assert!(matches!(netloc(url), Err(UrlError::Host { .. })), "{url}");
        }
        let host = "h".repeat(NETLOC_BYTES_MAX);
        assert_eq!(netloc(&format!("http://{host}")), Ok(host.clone()));
        assert_eq!(netloc(&format!("http://{host}h")), Err(UrlError::Length { bytes: NETLOC_BYTES_MAX + 1 }));
    }

    #[test]
    fn a_token_can_be_left_out() {
        assert_eq!(without_password("abc:TOKEN@127.0.0.1:5001"), "abc@127.0.0.1:5001");
        assert_eq!(without_password("abc:a@b:c@host"), "abc@host");
        assert_eq!(without_password("host:1"), "host:1");
    }
}
