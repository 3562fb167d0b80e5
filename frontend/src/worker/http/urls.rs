//! The addresses under which the relay reaches a tab.

use std::net::Ipv4Addr;

use crate::base::split;

/// By its path; as a host, where the relay's has a name; and, with the control token, as the user of a URL. `base` is the
/// relay's address, and the path that a proxy gives it belongs to all three.
pub fn urls(id: &str, token: &str, base: &str) -> Vec<String> {
    let (origin, path) = split(base);
    let (scheme, authority) = origin.split_once("://").unwrap_or(("http", origin));
    let mut urls = vec![format!("{base}/nodes/{id}")];
    if let Some(host) = named_host(authority) {
        urls.push(format!("{scheme}://{id}.{host}{path}"));
    }
    urls.push(format!("{scheme}://{id}:{token}@{authority}{path}"));
    urls
}

/// The host and port under whose name a label can stand: on this computer `localhost`, and nothing for another's number.
fn named_host(authority: &str) -> Option<String> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, format!(":{port}"))
        }
        _ => (authority, String::new()),
    };
    match host.parse::<Ipv4Addr>() {
        Ok(number) if number.is_loopback() => Some(format!("localhost{port}")),
        Ok(_) => None,
        Err(_) if host == "[::1]" => Some(format!("localhost{port}")),
        Err(_) if host.is_empty() || host.starts_with('[') => None,
        Err(_) => Some(format!("{host}{port}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_has_a_path_a_host_where_hosts_have_names_and_a_user() {
        let check = |origin: &str, host: Option<&str>| {
            let (_, authority) = origin.split_once("://").expect("an origin");
            let scheme = origin.split(':').next().expect("a scheme");
            let mut expect = vec![format!("{origin}/nodes/ID")];
            expect.extend(host.map(str::to_owned));
            expect.push(format!("{scheme}://ID:TOKEN@{authority}"));
            assert_eq!(urls("ID", "TOKEN", origin), expect);
        };
        check("http://127.0.0.1:5001", Some("http://ID.localhost:5001"));
        check("http://localhost:5001", Some("http://ID.localhost:5001"));
        check("http://[::1]:5001", Some("http://ID.localhost:5001"));
        check("https://coin.example", Some("https://ID.coin.example"));
        let under = [
            "https://coin.example/coin/nodes/ID",
            "https://ID.coin.example/coin",
            "https://ID:TOKEN@coin.example/coin",
        ];
        assert_eq!(urls("ID", "TOKEN", "https://coin.example/coin"), under);
        check("http://192.168.1.7:5001", None);
        check("http://[fe80::1]:5001", None);
    }
}
