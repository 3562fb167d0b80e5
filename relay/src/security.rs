//! What every answer carries so that the page can do only what the app does, and who may open a WebSocket.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use shared::Receipt;

use crate::authority::Authority;
use crate::forwarded::says_tls;
use crate::hosts::is_this_machine;
use crate::origin::Origin;

/// The most of an `Origin` that is none that a receipt repeats, in characters.
const ORIGIN_CHARS_MAX: usize = 80;
/// Headers that are the same on every answer.
const HEADERS: [(&str, &str); 5] = [
    ("cross-origin-embedder-policy", "require-corp"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "geolocation=(), microphone=(), payment=(), usb=()"),
];

/// Which other pages a page shares its browsing contexts with.
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// Which pages may load an answer; some answers say so themselves.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// The policy of what strangers wrote: it is shown, and nothing in it is loaded or run.
const UNTRUSTED_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// The policy of a page that has nothing but a form, which asks the relay.
const FORM_POLICY: &str = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Marks a page of the relay that has nothing but a form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnForm;

impl OwnForm {
    /// Marks an answer.
    pub(crate) fn mark(mut response: Response) -> Response {
        response.extensions_mut().insert(Self);
        response
    }
}

/// Marks an answer whose words are a stranger's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Untrusted;

impl Untrusted {
    /// Marks an answer.
    pub(crate) fn mark(mut response: Response) -> Response {
        response.extensions_mut().insert(Self);
        response
    }
}

/// Whether a page that comes from here may be one that its browser calls secure (Secure Contexts, section 3.1): of a name
/// of the browser's own machine, or by TLS. A proxy that does not say how its clients come may speak TLS with them.
pub(crate) fn may_be_secure(
    headers: &HeaderMap,
    host: Option<&Authority>,
    origins: &[String],
    has_proxy: bool,
) -> bool {
    let is_https = |host: &Authority| {
        let mut origins = origins.iter().filter_map(|origin| origin.parse::<Origin>().ok());
        origins.any(|origin| origin.is_secure() && origin.is_of(host))
    };
    host.is_some_and(|host| is_this_machine(host.name()))
        || says_tls(headers).unwrap_or_else(|| has_proxy || host.is_some_and(is_https))
}

/// Sets the security headers on an answer whose words are a stranger's. `is_secure` is what [`may_be_secure`] says of the
/// request.
pub(crate) fn set_untrusted_headers(headers: &mut HeaderMap, is_secure: bool) {
    set_common_headers(headers, is_secure);
    headers.insert("content-security-policy", HeaderValue::from_static(UNTRUSTED_POLICY));
}

/// Sets the security headers on a page with a form. What the form sends says that it comes from here (`Origin`), which
/// the usual policy of referrers would keep from the relay.
pub(crate) fn set_form_headers(headers: &mut HeaderMap, is_secure: bool) {
    set_common_headers(headers, is_secure);
    headers.insert("referrer-policy", HeaderValue::from_static("same-origin"));
    headers.insert("content-security-policy", HeaderValue::from_static(FORM_POLICY));
}

/// Over plain http from another machine browsers heed no opener policy and log an error for each that they get.
fn set_common_headers(headers: &mut HeaderMap, is_secure: bool) {
    if is_secure {
        headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    }
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(RESOURCE_POLICY).or_insert(HeaderValue::from_static("same-origin"));
}

/// Sets the security headers on an answer. `host` is the one that the request is for, and `script_hashes` are the sources of the
/// page's own inline scripts.
pub(crate) fn set_headers(
    headers: &mut HeaderMap,
    host: Option<&Authority>,
    is_secure: bool,
    script_hashes: &[String],
) {
    set_common_headers(headers, is_secure);
    let policy = content_security_policy(host, script_hashes);
    let policy = HeaderValue::try_from(policy).expect("hosts are checked, hashes are base64");
    headers.insert("content-security-policy", policy);
}

fn content_security_policy(host: Option<&Authority>, script_hashes: &[String]) -> String {
    let mut scripts = "'self' 'wasm-unsafe-eval'".to_owned();
    for hash in script_hashes {
        scripts.push(' ');
        scripts.push_str(hash);
    }
    // 'self' alone does not cover WebSockets in every browser that is still in use.
    let sockets = host.map_or(String::new(), |host| format!(" ws://{host} wss://{host}"));
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
         connect-src 'self'{sockets}; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// Who may open a WebSocket: pages of this relay, pages of the origins that the operator allows, and programs that are
/// no browser (they send no `Origin`). A browser sends it always, so no foreign page gets in.
///
/// # Errors
/// When the page comes from elsewhere.
pub fn check_origin(headers: &HeaderMap, allowed: &[String]) -> Result<(), Receipt> {
    let mut origins = headers.get_all(ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return Ok(());
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let refusal = |found: String| {
        let expected = format!("a page of {host}, or of an origin that the operator allows");
        Receipt::new("origin", expected, found)
    };
    if origins.next().is_some() {
        return Err(refusal("more than one".to_owned()));
    }
    let Ok(text) = origin.to_str() else {
        return Err(refusal("bytes that are no text".to_owned()));
    };
    let Ok(origin) = text.parse::<Origin>() else {
        return Err(refusal(text.chars().take(ORIGIN_CHARS_MAX).collect()));
    };
    let is_own = host.parse().is_ok_and(|host| origin.is_of(&host));
    let is_allowed = || allowed.iter().any(|allowed| allowed.parse().is_ok_and(|allowed: Origin| allowed == origin));
    if is_own || is_allowed() { Ok(()) } else { Err(refusal(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, origin: Option<&str>, allowed: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::try_from(host).expect("text"));
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::try_from(origin).expect("text"));
        }
        let allowed: Vec<String> = allowed.iter().map(|&origin| origin.to_owned()).collect();
        check_origin(&headers, &allowed).is_ok()
    }

    #[test]
    fn only_the_relays_own_pages_allowed_ones_and_programs_may_connect() {
        assert!(check("127.0.0.1:5001", Some("http://127.0.0.1:5001"), &[]));
        assert!(check("coin.example", Some("https://coin.example"), &[]));
        assert!(check("coin.example:443", Some("https://coin.example"), &[]));
        assert!(check("coin.example", Some("https://COIN.example:443"), &[]));
        assert!(check("[::1]:5001", Some("http://[::1]:5001"), &[]));
        assert!(check("127.0.0.1:5001", None, &[]));
        assert!(check("127.0.0.1:5001", Some("http://127.0.0.1:8080"), &["http://127.0.0.1:8080"]));

        assert!(!check("127.0.0.1:5001", Some("http://127.0.0.1:8080"), &[]));
        assert!(!check("127.0.0.1:5001", Some("http://evil.example"), &[]));
        assert!(!check("127.0.0.1:5001", Some("null"), &[]));
        assert!(!check("127.0.0.1:5001", Some("http://127.0.0.1:5001.evil.example"), &[]));
        assert!(!check("127.0.0.1:5001", Some("file://127.0.0.1:5001"), &[]));
        assert!(!check("coin.example:80", Some("https://coin.example"), &[]));
    }

    #[test]
    fn a_page_may_be_secure_on_its_own_machine_by_tls_and_behind_a_proxy_that_says_nothing() {
        let check = |host: &str, said: Option<&'static str>, has_proxy: bool, expected: bool| {
            let mut headers = HeaderMap::new();
            if let Some(said) = said {
                headers.insert("x-forwarded-proto", HeaderValue::from_static(said));
            }
            let (host, origins) = (host.parse().expect("a host"), ["https://coin.example".to_owned()]);
            let found = may_be_secure(&headers, Some(&host), &origins, has_proxy);
            assert_eq!(found, expected, "{host} {said:?} {has_proxy}");
        };
        for host in ["localhost:5001", "127.0.0.1", "[::1]:5001", "ab.localhost"] {
            check(host, None, false, true);
            check(host, Some("http"), true, true);
        }
        for host in ["192.168.1.10:5001", "teacher.local", "classroom.test:80"] {
            check(host, None, false, false);
            check(host, None, true, true);
            check(host, Some("http"), true, false);
            check(host, Some("https"), false, true);
        }
        check("coin.example", None, false, true);
        check("coin.example:80", None, false, false);
    }

    #[test]
    fn two_origins_are_none() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("a"));
        headers.append(ORIGIN, HeaderValue::from_static("http://a"));
        headers.append(ORIGIN, HeaderValue::from_static("http://evil"));
        check_origin(&headers, &[]).expect_err("two");
    }

    #[test]
    fn the_policy_names_the_sockets_of_the_host() {
        let policy = |host: &str| content_security_policy(host.parse().ok().as_ref(), &[]);
        assert!(policy("a.example:5001").contains(" ws://a.example:5001 wss://a.example:5001;"));
        assert!(policy("[::1]:5001").contains(" ws://[::1]:5001 wss://[::1]:5001;"));
        for hostile in ["a; script-src *", "a 'unsafe-inline'", "", "a,b"] {
            assert!(policy(hostile).contains("connect-src 'self';"), "{hostile}");
        }
    }
}
