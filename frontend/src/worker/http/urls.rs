//! The addresses under which the relay reaches a tab.

use std::net::Ipv4Addr;

/// By its path; as a host, where the relay's has a name; and, with the control token, as the user of a URL.
pub fn urls(id: &str, token: &str, origin: &str) -> Vec<String> {
    let (scheme, authority) = origin.split_once("://").unwrap_or(("http", origin));
    let mut urls = vec![format!("{origin}/nodes/{id}")];
    if let Some(host) = named_host(authority) {
        urls.push(format!("{scheme}://{id}.{host}"));
    }
    urls.push(format!("{scheme}://{id}:{token}@{authority}"));
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
        check("http://192.168.1.7:5001", None);
        check("http://[fe80::1]:5001", None);
    }
}
