//! Which host a request is for: `name:port` as it stands in `Host`, in the request line, in an origin.
//!
//! It is read strictly and in one place, since what lets a page in depends on it: a text that two readers could take for
//! two hosts is none. Whether the host is the relay's is said by [`crate::hosts`].

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use axum::http::header::HOST;
use axum::http::uri::Authority as UriAuthority;
use axum::http::{HeaderValue, Request, Uri, Version};
use shared::Receipt;

/// The longest name, in bytes (RFC 1035 section 2.3.4).
const NAME_BYTES_MAX: usize = 255;
/// The most of a text that a receipt repeats, in characters.
const FOUND_CHARS_MAX: usize = 80;

/// A host and perhaps a port (RFC 3986 section 3.2, without a user).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    name: String,
    port: Option<u16>,
}

/// Text that is no host with or without a port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a host, perhaps with a port, found {found:?}")]
pub(crate) struct AuthorityError {
    /// The text, cut.
    found: String,
}

impl FromStr for Authority {
    type Err = AuthorityError;

    fn from_str(text: &str) -> Result<Self, AuthorityError> {
        read(text).ok_or_else(|| AuthorityError { found: text.chars().take(FOUND_CHARS_MAX).collect() })
    }
}

fn read(text: &str) -> Option<Authority> {
    // The standard's own parser leaves a port and a name unread, and takes a user.
    text.parse::<UriAuthority>().ok()?;
    let (name, after) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, after) = rest.split_once(']')?;
            address.parse::<Ipv6Addr>().ok()?;
            (address, after)
        }
        None => {
            let (name, after) = text.split_at(text.find(':').unwrap_or(text.len()));
            // A name may end in the dot of the root.
            let name = name.strip_suffix('.').unwrap_or(name);
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            let is_label = |label: &str| !label.is_empty() && label.bytes().all(is_plain);
            (name.len() <= NAME_BYTES_MAX && name.split('.').all(is_label)).then_some((name, after))?
        }
    };
    let port = match after.strip_prefix(':') {
        None if after.is_empty() => None,
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            // Nobody listens on port 0.
            Some(digits.parse().ok().filter(|port| *port != 0)?)
        }
        _ => return None,
    };
    Some(Authority { name: name.to_ascii_lowercase(), port })
}

impl Authority {
    /// The name or the address, without brackets and the dot of the root, in lower case.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The port, or this one where none is written.
    pub(crate) fn port_or(&self, usual: u16) -> u16 {
        self.port.unwrap_or(usual)
    }

    /// The host that a request is for. None is named only by programs that speak HTTP/1.0.
    ///
    /// # Errors
    /// When it is not one host, or not the one of the request line (RFC 9112 section 3.2).
    pub(crate) fn of_request<B>(request: &Request<B>) -> Result<Option<Self>, Receipt> {
        let refused = |found: String| Receipt::new("host", "one header Host: a host, perhaps with a port", found);
        let mut hosts = request.headers().get_all(HOST).iter();
        let (host, more) = (hosts.next(), hosts.count());
        if more > 0 {
            return Err(refused(format!("{} headers", more + 1)));
        }
        let in_line = request.uri().authority().map(UriAuthority::as_str);
        let read = |text: &str| text.parse::<Self>().map_err(|error| refused(format!("{:?}", error.found)));
        let in_line = in_line.map(read).transpose()?;
        let Some(host) = host else {
            return match in_line {
                None if request.version() > Version::HTTP_10 => Err(refused("none".to_owned())),
                in_line => Ok(in_line),
            };
        };
        let host = read(host.to_str().map_err(|_| refused("bytes that are no text".to_owned()))?)?;
        match in_line {
            Some(line) if line != host => Err(refused(format!("{host}, and {line} in the request line"))),
            _ => Ok(Some(host)),
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) => write!(f, "[{address}]")?,
            _ => f.write_str(&self.name)?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// Has the header alone say for which host a request is, where the request line says it too: a path is all that is routed.
pub(crate) fn take_from_line<B>(request: &mut Request<B>) {
    if request.uri().authority().is_none() {
        return;
    }
    let Ok(Some(host)) = Authority::of_request(request) else { return };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if let (Ok(uri), Ok(host)) = (path.parse::<Uri>(), HeaderValue::try_from(host.to_string())) {
        *request.uri_mut() = uri;
        request.headers_mut().insert(HOST, host);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for (text, name, port) in [
            ("localhost", "localhost", None),
            ("LOCALHOST:5001", "localhost", Some(5001)),
            ("coin.example.:80", "coin.example", Some(80)),
            ("a_b-c.example:65535", "a_b-c.example", Some(65535)),
            ("127.0.0.1:5001", "127.0.0.1", Some(5001)),
            ("[::1]", "::1", None),
            ("[FD00::1]:5001", "fd00::1", Some(5001)),
        ] {
            let read: Authority = text.parse().expect(text);
            assert_eq!((read.name(), read.port), (name, port), "{text}");
            let shown = read.to_string();
            assert_eq!(shown.parse(), Ok(read), "{shown}");
        }
        let longest = "a".repeat(NAME_BYTES_MAX);
        longest.parse::<Authority>().expect("exactly the limit");
        format!("a{longest}").parse::<Authority>().expect_err("one past it");
    }

    #[test]
    fn what_two_readers_could_take_for_two_hosts_is_none() {
        for text in [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            ":",
            ":80",
            "localhost:",
            "localhost:x",
            "localhost:65536",
            "localhost:-1",
            "localhost:+1",
            "localhost:1.evil.example",
            "localhost:1:2",
            "[::1].evil.example",
            "[::1]evil",
            "[::1]:",
            "[::1",
            "::1",
            "[127.0.0.1]",
            "[fe80::1%25eth0]",
            "[]",
            "a@b",
            "localhost@evil.example",
            "user:x@localhost",
            "@",
            "a b",
            "a/b",
            "a?b",
            "a#b",
            "a\\b",
            "a%41",
            "a,b",
            "a;b",
            "é",
            "localhost\t",
            " localhost",
        ] {
            let refused = text.parse::<Authority>().expect_err(text);
            assert_eq!(refused.found, text);
        }
        assert_eq!("/".repeat(500).parse::<Authority>().expect_err("no host").found.len(), FOUND_CHARS_MAX);
    }

    #[test]
    fn a_host_in_the_request_line_becomes_the_header_s_where_they_agree() {
        for (host, line, expected_host, expected) in [
            (Some("a:1"), "http://A:1/get_chain?x=1", "a:1", "/get_chain?x=1"),
            (Some("a"), "http://a", "a", "/"),
            (None, "http://a/", "a", "/"),
            (Some("a"), "http://b/", "a", "http://b/"),
            (Some("a"), "/get_chain", "a", "/get_chain"),
        ] {
            let mut request = Request::builder().version(Version::HTTP_10).uri(line);
            if let Some(host) = host {
                request = request.header(HOST, host);
            }
            let mut request = request.body(()).expect("a request");
            take_from_line(&mut request);
            assert_eq!(
                (request.headers()[HOST].as_bytes(), request.uri().to_string()),
                (expected_host.as_bytes(), expected.to_owned())
            );
        }
    }

    fn of(version: Version, line: &str, hosts: &[&str]) -> Result<Option<String>, String> {
        let mut request = Request::builder().version(version).uri(line);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let request = request.body(()).expect("a request");
        let host = Authority::of_request(&request).map_err(|receipt| receipt.found)?;
        Ok(host.map(|host| host.to_string()))
    }

    #[test]
    fn a_request_is_for_one_host_that_its_line_and_its_header_agree_on() {
        let named = |name: &str| Ok(Some(name.to_owned()));
        assert_eq!(of(Version::HTTP_11, "/", &["a:1"]), named("a:1"));
        assert_eq!(of(Version::HTTP_11, "http://A:1/", &["a:1"]), named("a:1"));
        assert_eq!(of(Version::HTTP_10, "/", &[]), Ok(None));
        assert_eq!(of(Version::HTTP_10, "http://a/", &[]), named("a"));
        for (version, line, hosts, found) in [
            (Version::HTTP_11, "/", &[][..], "none"),
            (Version::HTTP_11, "/", &["a", "a"], "2 headers"),
            (Version::HTTP_10, "/", &["a", "b"], "2 headers"),
            (Version::HTTP_11, "/", &[""], "\"\""),
            (Version::HTTP_11, "http://b/", &["a"], "a, and b in the request line"),
            (Version::HTTP_11, "http://a:80/", &["a"], "a, and a:80 in the request line"),
            (Version::HTTP_11, "http://u@a/", &["a"], "\"u@a\""),
        ] {
            assert_eq!(of(version, line, hosts), Err(found.to_owned()), "{line} {hosts:?}");
        }
    }
}
