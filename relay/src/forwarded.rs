//! Which address a request comes from, when a proxy stands before the relay, and by what a proxy is known.
//!
//! A proxy that the operator names is believed: its `X-Forwarded-For`, or, where it sends none, its `Forwarded`
//! (RFC 7239). Of any other only that it is there is heeded (`sign_of_proxy`).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::header::{FORWARDED, HOST, VIA};
use axum::http::{HeaderMap, HeaderName};

/// The header a proxy adds the address of its client to.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// The header in which a proxy says by which scheme its client came.
const FORWARDED_PROTO: &str = "x-forwarded-proto";
/// How the names of headers begin that only proxies and the networks of proxies add.
const PROXY_PREFIXES: [&str; 9] =
    ["ali-", "cdn-", "cf-", "fastly-", "fly-", "tailscale-", "x-amz-cf-", "x-amzn-", "x-envoy-"];

/// The address a request comes from. What a proxy says of it is believed only from the proxies that the operator named,
/// and read from its end: whatever stands before the last address that is no such proxy was written by a stranger.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    let mut client = peer;
    for address in said_clients(headers).into_iter().rev() {
        match address {
            Some(address) => client = address.to_canonical(),
            None => break,
        }
        if !trusted.contains(&client) {
            break;
        }
    }
    client
}

/// Whether the client speaks TLS, as the first proxy says; `None` where none says so. Anybody may have written it.
pub(crate) fn says_tls(headers: &HeaderMap) -> Option<bool> {
    let line = |name: &str| headers.get(name).and_then(|line| line.to_str().ok());
    let usual = line(FORWARDED_PROTO).and_then(|line| split(line, ',').first().copied());
    let standard = || line(FORWARDED.as_str()).and_then(|line| parameter(split(line, ',').first()?, "proto"));
    usual.or_else(standard).map(|scheme| scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss"))
}

/// The header by which a proxy that the operator did not name says for whom it asks: its clients then all count as one.
pub fn unheeded(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> Option<&'static str> {
    let is_unheeded = |name: &&str| headers.contains_key(*name) && !trusted.contains(&peer.to_canonical());
    [FORWARDED_FOR, FORWARDED.as_str()].into_iter().find(is_unheeded)
}

/// A header that no program sends which asks for itself, and so shows that a proxy stands between: by its name, or
/// because all of it is the address of another machine.
pub(crate) fn sign_of_proxy(headers: &HeaderMap) -> Option<&HeaderName> {
    headers
        .iter()
        .find(|(name, value)| is_of_proxy(name) || (*name != HOST && is_elsewhere(value)))
        .map(|(name, _)| name)
}

/// `X-Original-Forwarded-For`, `True-Client-IP`, `Via` and the like.
fn is_of_proxy(name: &HeaderName) -> bool {
    let text = name.as_str();
    *name == VIA
        || text.contains("forwarded")
        || text.ends_with("-ip")
        || text.ends_with("clientip")
        || PROXY_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

fn is_elsewhere(value: &axum::http::HeaderValue) -> bool {
    let address = value.to_str().ok().and_then(|text| node_address(text.trim()));
    address.is_some_and(|address| !address.to_canonical().is_loopback())
}

/// The clients that the headers name, the first proxy's first; `None` for what is no address.
fn said_clients(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    // What is no text is no address.
    let lines = |name: &str| headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("?")).collect::<Vec<_>>();
    if headers.contains_key(FORWARDED_FOR) {
        let lines = lines(FORWARDED_FOR);
        return lines.iter().flat_map(|line| split(line, ',')).map(node_address).collect();
    }
    let lines = lines(FORWARDED.as_str());
    lines.iter().flat_map(|line| split(line, ',')).map(forwarded_for).collect()
}

/// The client of one element of `Forwarded`: `for="[2001:db8::1]:443";proto=https`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    node_address(parameter(element, "for")?)
}

/// A parameter of one element of `Forwarded`, without its quotes.
fn parameter<'a>(element: &'a str, wanted: &str) -> Option<&'a str> {
    let mut pairs = split(element, ';').into_iter().filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))?;
    let value = value.trim();
    Some(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

/// The address of a node with or without a port, as proxies write it (RFC 7239 section 6, and IPv6 without brackets).
fn node_address(node: &str) -> Option<IpAddr> {
    if let Ok(address) = node.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(address) = node.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    let (address, port) = match node.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            (IpAddr::V6(address.parse::<Ipv6Addr>().ok()?), port)
        }
        None => {
            let end = node.find(':').unwrap_or(node.len());
            (IpAddr::V4(node[..end].parse().ok()?), &node[end..])
        }
    };
    // A port may be hidden: `_name`.
    let is_port = port.is_empty() || port.strip_prefix(":_").is_some_and(|name| !name.is_empty());
    is_port.then_some(address)
}

/// Splits a list at a separator that stands in no quotes, and leaves empty elements out (RFC 9110 section 5.6.1).
fn split(line: &str, separator: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let elements = line.split(move |letter| {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
        letter == separator && !is_quoted
    });
    elements.map(str::trim).filter(|element| !element.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn map(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_a_proxy_that_nobody_named_is_unheeded() {
        assert_eq!(unheeded(ip("127.0.0.1"), &map(&[]), &[]), None);
        for name in [FORWARDED_FOR, "forwarded"] {
            let headers = map(&[(name, "for=203.0.113.9")]);
            assert_eq!(unheeded(ip("::ffff:127.0.0.1"), &headers, &[ip("127.0.0.2")]), Some(name));
            assert_eq!(unheeded(ip("::ffff:127.0.0.1"), &headers, &[ip("127.0.0.1")]), None);
        }
    }

    #[track_caller]
    fn check_by(name: &'static str, peer: &str, lines: &[&'static str], expected: &str) {
        let mut headers = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_bytes(line.as_bytes()).expect("no control characters");
            headers.append(HeaderName::from_static(name), line);
        }
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        assert_eq!(client_address(ip(peer), &headers, &trusted), ip(expected), "{peer} {lines:?}");
    }

    #[test]
    fn a_forwarded_address_is_believed_only_from_a_named_proxy_and_only_what_it_wrote_itself() {
        let check = |peer: &str, lines: &[&'static str], expected: &str| check_by(FORWARDED_FOR, peer, lines, expected);
        check("192.0.2.7", &["198.51.100.1"], "192.0.2.7");
        check("10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9, 198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9", "198.51.100.1, 10.0.0.2"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9, nonsense"], "10.0.0.1");
        check("10.0.0.1", &["203.0.113.9", "\u{e9}"], "10.0.0.1");
        check("10.0.0.1", &[], "10.0.0.1");
    }

    #[test]
    fn a_forwarded_address_may_have_a_port_brackets_and_empty_neighbours() {
        for (entry, expected) in [
            ("203.0.113.9:51234", "203.0.113.9"),
            ("  203.0.113.9 ", "203.0.113.9"),
            ("203.0.113.9,, ,", "203.0.113.9"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:1", "203.0.113.9"),
            ("198.51.100.1, 203.0.113.9:1", "203.0.113.9"),
            ("203.0.113.9:1, 10.0.0.2:8080", "203.0.113.9"),
        ] {
            check_by(FORWARDED_FOR, "10.0.0.1", &[entry], expected);
        }
        for junk in [
            "203.0.113.9:",
            "203.0.113.9:x",
            "203.0.113.9:1:2",
            "203.0.113.9:70000",
            "[2001:db8::1",
            "[2001:db8::1]x",
            "[203.0.113.9]",
            "2001:db8::1]:443",
            "unknown",
            "_hidden",
            "203.0.113",
            "\"",
            "[]",
            ":",
            "[",
        ] {
            check_by(FORWARDED_FOR, "10.0.0.1", &[junk], "10.0.0.1");
        }
    }

    #[test]
    fn the_standard_header_counts_where_the_usual_one_is_not_there() {
        for (line, expected) in [
            ("for=203.0.113.9", "203.0.113.9"),
            ("For=\"203.0.113.9:4711\";proto=https", "203.0.113.9"),
            ("proto=http; FOR = \"[2001:db8::1]:4711\" ;by=10.0.0.1", "2001:db8::1"),
            ("for=\"203.0.113.9:_port\"", "203.0.113.9"),
            ("for=198.51.100.1, for=203.0.113.9", "203.0.113.9"),
            ("for=203.0.113.9;host=\"a,b;for=1.1.1.1\", for=10.0.0.2", "203.0.113.9"),
            ("for=\"a\\\",for=1.1.1.1\"", "10.0.0.1"),
            ("for=198.51.100.1, for=unknown", "10.0.0.1"),
            ("for=198.51.100.1, proto=https", "10.0.0.1"),
            ("for=\"203.0.113.9:_\"", "10.0.0.1"),
            ("for=", "10.0.0.1"),
            ("\"", "10.0.0.1"),
        ] {
            check_by("forwarded", "10.0.0.1", &[line], expected);
            check_by("forwarded", "192.0.2.7", &[line], "192.0.2.7");
        }
        let both = map(&[("forwarded", "for=203.0.113.9"), (FORWARDED_FOR, "198.51.100.1")]);
        assert_eq!(client_address(ip("10.0.0.1"), &both, &[ip("10.0.0.1")]), ip("198.51.100.1"));
    }

    #[test]
    fn the_first_proxy_says_whether_the_client_speaks_tls() {
        for (headers, expected) in [
            (&[][..], None),
            (&[(FORWARDED_PROTO, "https")], Some(true)),
            (&[(FORWARDED_PROTO, "HTTPS, http")], Some(true)),
            (&[(FORWARDED_PROTO, "http, https")], Some(false)),
            (&[("forwarded", "for=1.1.1.1;proto=\"https\", proto=http")], Some(true)),
            (&[("forwarded", "for=1.1.1.1")], None),
            (&[("forwarded", "proto=http"), (FORWARDED_PROTO, "wss")], Some(true)),
            (&[(FORWARDED_PROTO, "")], None),
        ] {
            assert_eq!(says_tls(&map(headers)), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_proxy_is_known_by_names_that_only_proxies_send_and_by_another_machines_address() {
        for name in [
            "forwarded",
            "via",
            "x-forwarded-for",
            "x-forwarded-port",
            "x-forwarded-server",
            "x-original-forwarded-for",
            "cdn-loop",
            "true-client-ip",
            "x-client-ip",
            "x-real-ip",
            "fly-client-ip",
            "fly-region",
            "cf-connecting-ip",
            "cf-ray",
            "fastly-client-ip",
            "fastly-ff",
            "x-envoy-expected-rq-timeout-ms",
            "x-azure-clientip",
            "x-amzn-trace-id",
        ] {
            assert!(sign_of_proxy(&map(&[(name, "1")])).is_some(), "{name}");
        }
        for value in ["203.0.113.9", "10.0.0.1:80", "[2001:db8::1]:443", " 2001:db8::1"] {
            assert!(sign_of_proxy(&map(&[("x-remote-addr", value)])).is_some(), "{value}");
        }
    }

    #[test]
    fn what_browsers_and_programs_send_is_no_sign_of_a_proxy() {
        let headers = map(&[
            ("host", "127.0.0.1:5001"),
            ("host", "192.168.1.10:5001"),
            ("user-agent", "curl/8.5.0"),
            ("accept", "*/*"),
            ("origin", "http://127.0.0.1:5001"),
            ("referer", "http://127.0.0.1:5001/"),
            ("sec-ch-ua-full-version", "\"140.0.0.0\""),
            ("x-requested-with", "XMLHttpRequest"),
            ("postman-token", "6f1e4f2a-8f2e-4f0e-9a35-0d6a7b0b8a7e"),
            ("proxy-connection", "keep-alive"),
            ("x-note", "127.0.0.1"),
            ("content-length", "12"),
        ]);
        assert_eq!(sign_of_proxy(&headers), None);
    }
}
