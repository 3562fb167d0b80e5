//! Which address a request comes from, when a proxy stands before the relay.

use std::net::IpAddr;

use axum::http::HeaderMap;

/// The header a proxy adds the address of its client to.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address a request comes from. `X-Forwarded-For` is believed only from the proxies that the operator named, and
/// read from its end: whatever stands before the last address that is no such proxy was written by a stranger.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    let lines: Vec<&str> = headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok()).collect();
    let mut client = peer;
    for entry in lines.iter().flat_map(|line| line.split(',')).rev() {
        match entry.trim().parse::<IpAddr>() {
            Ok(address) => client = address.to_canonical(),
            Err(_) => break,
        }
        if !trusted.contains(&client) {
            break;
        }
    }
    client
}

/// Whether a proxy that the operator did not name says for whom it asks: its clients then all count as one.
pub fn is_unheeded(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> bool {
    headers.contains_key(FORWARDED_FOR) && !trusted.contains(&peer.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_that_nobody_named_is_unheeded() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let mut headers = HeaderMap::new();
        assert!(!is_unheeded(ip("127.0.0.1"), &headers, &[]));
        headers.insert(FORWARDED_FOR, axum::http::HeaderValue::from_static("203.0.113.9"));
        assert!(is_unheeded(ip("::ffff:127.0.0.1"), &headers, &[ip("127.0.0.2")]));
        assert!(!is_unheeded(ip("::ffff:127.0.0.1"), &headers, &[ip("127.0.0.1")]));
    }

    fn check(peer: &str, forwarded: &[&'static str], expected: &str) {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, axum::http::HeaderValue::from_static(line));
        }
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        assert_eq!(client_address(ip(peer), &headers, &trusted), ip(expected), "{peer} {forwarded:?}");
    }

    #[test]
    fn a_forwarded_address_is_believed_only_from_a_named_proxy_and_only_what_it_wrote_itself() {
        check("192.0.2.7", &["198.51.100.1"], "192.0.2.7");
        check("10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9, 198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9", "198.51.100.1, 10.0.0.2"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9, nonsense"], "10.0.0.1");
        check("10.0.0.1", &[], "10.0.0.1");
    }
}
