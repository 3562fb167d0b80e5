//! The path under which a proxy serves the relay: `--base-path /coin` for `https://example.org/coin/`.
//!
//! A proxy may hand the path on or take it off. Both kinds work, and nothing needs to be said of which: a request that
//! begins with the path is read without it (`BasePath::strip`), one that does not is read as it is. The relay writes
//! the path only where it hands out addresses of its own. No header decides about it, since a stranger could send one.

use std::sync::Arc;

use axum::http::Uri;
use shared::pages::PAGES;
use shared::tutorial::Route;

/// The longest path, in bytes.
const BYTES_MAX: usize = 100;
/// First segments of the relay's own paths, besides the tutorial's and those of the app's pages. A proxy that takes the base path off would make
/// `/api/v1` of `/api/api/v1`, which could then be either.
const OWN: [&str; 7] = ["api", "ws", "nodes", "rooms", "docs", "openapi.json", "healthz"];

/// The path without a slash at its end: `/coin`, or empty where the relay stands at the root of its host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BasePath(Option<Arc<str>>);

/// Text that is no base path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BasePathError {
    /// It does not begin with a slash, or has empty segments, dots or characters that would have to be quoted.
    #[error("expected a path such as /coin, of letters, digits, - and _, found {found:?}")]
    Unreadable {
        /// The text, cut.
        found: String,
    },
    /// The relay has such a path itself.
    #[error("expected a path that is none of the relay's own, found {found}, which it answers at")]
    Own {
        /// The first segment.
        found: String,
    },
}

impl std::str::FromStr for BasePath {
    type Err = BasePathError;

    fn from_str(text: &str) -> Result<Self, BasePathError> {
        let path = text.strip_suffix('/').unwrap_or(text);
        if path.is_empty() && text == "/" {
            return Ok(Self::default());
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_segment = |segment: &str| !segment.is_empty() && segment.bytes().all(is_plain);
        let segments = path.strip_prefix('/').filter(|rest| path.len() <= BYTES_MAX && rest.split('/').all(is_segment));
        let Some(segments) = segments else {
            return Err(BasePathError::Unreadable { found: text.chars().take(80).collect() });
        };
        let first = segments.split('/').next().unwrap_or_default();
        let is_first = |path: &str| path.trim_start_matches('/').split('/').next() == Some(first);
        if OWN.contains(&first)
            || Route::all().any(|route| is_first(route.path()))
            || PAGES.iter().any(|page| is_first(page))
        {
            return Err(BasePathError::Own { found: format!("/{first}") });
        }
        Ok(Self(Some(path.into())))
    }
}

impl BasePath {
    /// The path without a slash at its end; empty for the root.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether the relay stands at the root of its host.
    pub fn is_root(&self) -> bool {
        self.0.is_none()
    }

    /// What stands behind the base path; `None` where the path does not begin with it.
    fn rest<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.0.as_deref()?)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    /// Whether this is the base path without its slash, which a browser has to be led away from: addresses relative to
    /// it would lead out of it.
    pub(crate) fn lacks_its_slash(&self, uri: &Uri) -> bool {
        self.rest(uri.path()) == Some("")
    }

    /// Takes the base path off a request's, where it is there.
    pub(crate) fn strip<B>(&self, request: &mut axum::http::Request<B>) {
        let uri = request.uri();
        let Some(rest) = self.rest(uri.path()).filter(|rest| !rest.is_empty()) else { return };
        let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
        // What was a path behind a slash is so still; and if not, the request stays as it is.
        if let Ok(uri) = format!("{rest}{query}").parse::<Uri>() {
            *request.uri_mut() = uri;
        }
    }
}

impl std::fmt::Display for BasePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> BasePath {
        text.parse().expect("a base path")
    }

    #[test]
    fn a_base_path_is_plain_segments_and_none_of_the_relay_s_own() {
        for (text, path) in [("/coin", "/coin"), ("/coin/", "/coin"), ("/a/b-c_D/9", "/a/b-c_D/9"), ("/", "")] {
            assert_eq!(base(text).as_str(), path);
            assert_eq!(base(text).is_root(), path.is_empty());
        }
        let longest = format!("/{}", "a".repeat(BYTES_MAX - 1));
        assert_eq!(base(&longest).as_str(), longest);
        let long = format!("{longest}a");
        for text in ["", "coin", "//", "/coin//", "/a//b", "/.", "/a/..", "/a b", "/é", "/a?b", "/a%2fb", "/\"", &long]
        {
            let refused = text.parse::<BasePath>().expect_err(text);
            assert!(matches!(refused, BasePathError::Unreadable { .. }), "{text}");
        }
        for text in [
            "/api",
            "/ws/x",
            "/nodes",
            "/rooms",
            "/docs",
            "/healthz",
            "/get_chain",
            "/mine_block/",
            "/blocks",
            "/mine/x",
        ] {
            let refused = text.parse::<BasePath>().expect_err(text);
            assert!(matches!(refused, BasePathError::Own { .. }), "{text}");
        }
    }

    #[test]
    fn a_request_is_read_without_the_base_path_whether_the_proxy_took_it_off_or_not() {
        let check = |at: &str, path: &str, expected: &str| {
            let mut request = axum::http::Request::builder().uri(path).body(()).expect("a request");
            base(at).strip(&mut request);
            assert_eq!(request.uri().to_string(), expected, "{at} {path}");
        };
        check("/coin", "/coin/get_chain?format=bytes", "/get_chain?format=bytes");
        check("/coin", "/get_chain?format=bytes", "/get_chain?format=bytes");
        check("/coin", "/coin/", "/");
        check("/coin", "/", "/");
        check("/coin", "/coin/coin/", "/coin/");
        check("/coin", "/coins/get_chain", "/coins/get_chain");
        check("/coin", "/coin", "/coin");
        check("/a/b", "/a/b/ws/main", "/ws/main");
        check("/", "/coin/get_chain", "/coin/get_chain");
    }

    #[test]
    fn only_the_base_path_itself_lacks_a_slash() {
        let lacks = |at: &str, path: &str| base(at).lacks_its_slash(&path.parse().expect("a path"));
        assert!(lacks("/coin", "/coin") && lacks("/coin", "/coin?new=1"));
        assert!(!lacks("/coin", "/coin/") && !lacks("/coin", "/coins") && !lacks("/", "/"));
    }
}
