//! Who makes a request, as far as its headers prove it: a page of this relay, a page of another site, or a program.
//!
//! Browsers say which site's page makes them ask (`Sec-Fetch-Site`), but only over https and on this machine. Over plain
//! http in a LAN all that is left is `Origin`, which a GET for a picture does not have. So a request that looks like a
//! browser's must show that it is at home: by `Origin`, or by a header that no page can have a browser send elsewhere
//! without asking first (a preflight, which the relay does not grant for `X-Requested-With`).

use axum::http::header::{ACCEPT_LANGUAGE, ORIGIN, REFERER, UPGRADE_INSECURE_REQUESTS, USER_AGENT};
use axum::http::{HeaderMap, HeaderName};
use shared::Receipt;

use crate::security::check_origin;
use crate::tabs::Credentials;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
/// What a script says in it. An app that shows pages (Android's WebView) puts its own name there unasked, whichever page
/// asks; such a name has a dot.
const REQUESTED_BY: [&str; 2] = ["XMLHttpRequest", "docs"];
/// Headers in which browsers say that they fetch what nobody has asked for yet.
const PURPOSES: [&str; 3] = ["sec-purpose", "purpose", "x-moz"];
/// How the names of browsers and of what plays media for them begin or what they contain, in lower case.
const BROWSERS: [&str; 4] = ["mozilla/", "opera/", "applecoremedia", "stagefright"];

/// Whether a request comes from a page of this relay, of an origin that the operator allows, or of no page at all.
///
/// # Errors
/// When a page of another site may have made a browser send it.
pub(crate) fn check_home(headers: &HeaderMap, allowed: &[String]) -> Result<(), Receipt> {
    if headers.contains_key(ORIGIN) {
        return check_origin(headers, allowed);
    }
    let foreign = |found: String| {
        let expected = "a program such as curl, the relay's own pages, a header X-Requested-With: XMLHttpRequest, or the node's token";
        Err(Receipt::new("origin", expected, found))
    };
    if is_fetched_ahead(headers) {
        return foreign("a browser that fetches it before anybody asks".to_owned());
    }
    match headers.get(SEC_FETCH_SITE).map(|site| site.to_str().unwrap_or("no text")) {
        Some("none" | "same-origin") => Ok(()),
        Some(other) => foreign(format!("a {} page", other.chars().take(80).collect::<String>())),
        None if is_requested_by_script(headers) || !is_browser(headers) => Ok(()),
        None => foreign("a browser that does not say which page asks, as over plain http".to_owned()),
    }
}

/// Whether a request has a token that counts. One from elsewhere counts where a script must have put it there: a browser
/// sends a user and a password that were typed once (Basic) with whatever any page asks for.
pub(crate) fn has_token(headers: &HeaderMap, is_home: bool) -> bool {
    let credentials = Credentials::read(headers);
    let is_by_script = || headers.get(SEC_FETCH_MODE).is_none_or(|mode| mode == "cors");
    credentials.token.is_some() && (is_home || (credentials.is_bearer && is_by_script()))
}

fn is_requested_by_script(headers: &HeaderMap) -> bool {
    headers.get(REQUESTED_WITH).is_some_and(|by| REQUESTED_BY.iter().any(|script| by == script))
}

fn is_fetched_ahead(headers: &HeaderMap) -> bool {
    let says = |name: &&str| headers.get(*name).and_then(|value| value.to_str().ok());
    PURPOSES.iter().filter_map(says).any(|purpose| purpose.to_ascii_lowercase().contains("pre"))
}

/// Whether a request looks like a browser's. PowerShell calls itself Mozilla; no page can have a browser do the
/// opposite. Node.js sends `Accept-Language: *`.
fn is_browser(headers: &HeaderMap) -> bool {
    let text =
        |name: HeaderName| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase());
    let agent = text(USER_AGENT).unwrap_or_default();
    if agent.contains("powershell/") {
        return false;
    }
    BROWSERS.iter().any(|name| agent.contains(name))
        || headers.contains_key(REFERER)
        || headers.contains_key(UPGRADE_INSECURE_REQUESTS)
        || text(ACCEPT_LANGUAGE).is_some_and(|languages| languages != "*")
        || headers.keys().any(|name| name.as_str().starts_with("sec-ch-"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::{AUTHORIZATION, HOST};

    use super::*;

    fn map(headers: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        map.insert(HOST, HeaderValue::from_static("127.0.0.1:5001"));
        for (name, value) in headers {
            map.insert(name, HeaderValue::from_static(value));
        }
        map
    }

    fn home(headers: &[(HeaderName, &'static str)]) -> Result<(), String> {
        let allowed = ["http://localhost:8080".to_owned(), "https://coin.example".to_owned()];
        check_home(&map(headers), &allowed).map_err(|receipt| receipt.rule)
    }

    const CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0";

    #[test]
    fn programs_own_pages_and_typed_addresses_are_at_home() {
        let powershell = "Mozilla/5.0 (Windows NT; Windows NT 10.0; de-DE) WindowsPowerShell/5.1.19041.4522";
        for headers in [
            &[][..],
            &[(SEC_FETCH_SITE, "none"), (USER_AGENT, CHROME)],
            &[(SEC_FETCH_SITE, "same-origin")],
            &[(ORIGIN, "http://127.0.0.1:5001"), (SEC_FETCH_SITE, "same-origin")],
            &[(ORIGIN, "http://127.0.0.1:5001"), (USER_AGENT, CHROME)],
            &[(ORIGIN, "http://localhost:8080"), (SEC_FETCH_SITE, "cross-site")],
            &[(USER_AGENT, CHROME), (REQUESTED_WITH, "docs")],
            &[(USER_AGENT, "curl/7.81.0")],
            &[(USER_AGENT, "PostmanRuntime/7.43.0")],
            &[(USER_AGENT, "python-requests/2.32.3")],
            &[(USER_AGENT, powershell)],
            &[(USER_AGENT, "Mozilla/5.0 (Windows NT 10.0; Microsoft Windows 10.0.19045; en-US) PowerShell/7.4.0")],
            // Node.js.
            &[(USER_AGENT, "node"), (ACCEPT_LANGUAGE, "*"), (SEC_FETCH_MODE, "cors")],
        ] {
            assert_eq!(home(headers), Ok(()), "{headers:?}");
        }
    }

    #[test]
    fn pages_of_other_sites_and_browsers_that_do_not_say_are_not() {
        let media = "AppleCoreMedia/1.0.0.21A329 (iPhone; U; CPU OS 17_0 like Mac OS X; en_us)";
        let purpose = HeaderName::from_static("sec-purpose");
        for headers in [
            &[(SEC_FETCH_SITE, "cross-site")][..],
            &[(SEC_FETCH_SITE, "same-site")],
            &[(SEC_FETCH_SITE, "something new")],
            &[(SEC_FETCH_SITE, "cross-site"), (REQUESTED_WITH, "x")],
            &[(SEC_FETCH_SITE, "none"), (purpose, "prefetch;prerender")],
            &[(ORIGIN, "http://evil.example")],
            &[(ORIGIN, "http://evil.example"), (REQUESTED_WITH, "x")],
            &[(USER_AGENT, CHROME), (REQUESTED_WITH, "com.example.reader")],
            &[(ORIGIN, "null")],
            &[(ORIGIN, "http://127.0.0.1:5002"), (SEC_FETCH_SITE, "same-site")],
            &[(USER_AGENT, CHROME)],
            &[(USER_AGENT, media)],
            &[(REFERER, "http://evil.example/")],
            &[(REFERER, "http://127.0.0.1:5001/")],
            &[(ACCEPT_LANGUAGE, "de-DE,de;q=0.9")],
            &[(UPGRADE_INSECURE_REQUESTS, "1")],
            &[(HeaderName::from_static("sec-ch-ua"), "\"Chromium\"")],
        ] {
            assert_eq!(home(headers), Err("origin".to_owned()), "{headers:?}");
        }
    }

    #[test]
    fn a_token_from_elsewhere_counts_only_where_a_script_put_it() {
        // printf 'ada:x' | base64
        let basic = (AUTHORIZATION, "Basic YWRhOng=");
        let bearer = (AUTHORIZATION, "Bearer x");
        for (headers, is_home, expected) in [
            (&[basic.clone()][..], true, true),
            (std::slice::from_ref(&basic), false, false),
            (&[basic.clone(), (SEC_FETCH_MODE, "cors"), (ORIGIN, "http://evil.example")], false, false),
            (&[bearer.clone(), (SEC_FETCH_MODE, "cors")], false, true),
            (std::slice::from_ref(&bearer), false, true),
            (&[bearer.clone(), (SEC_FETCH_MODE, "no-cors")], false, false),
            (&[(AUTHORIZATION, "Basic YWRhOg==")], true, false),
        ] {
            assert_eq!(has_token(&map(headers), is_home), expected, "{headers:?}");
        }
    }
}
