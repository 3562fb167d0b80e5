//! Where a page comes from, as browsers write it in `Origin` (RFC 6454) and operators in options: `https://host:port`.

use std::str::FromStr;

use crate::authority::Authority;

/// The origin of a page that came over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    is_secure: bool,
    host: Authority,
}

/// Text that is no such origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an origin such as http://localhost:8080")]
pub(crate) struct OriginError;

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let (scheme, host) = text.split_once("://").ok_or(OriginError)?;
        let is_secure = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err(OriginError),
        };
        Ok(Self { is_secure, host: host.parse().map_err(|_| OriginError)? })
    }
}

impl Origin {
    /// Its name or address, without the port.
    pub(crate) fn name(&self) -> &str {
        self.host.name()
    }

    /// Whether its pages come by TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Whether a host is this origin's. It does not say by which scheme it is reached.
    pub(crate) fn is_of(&self, host: &Authority) -> bool {
        let usual = if self.is_secure { 443 } else { 80 };
        self.host.name() == host.name() && self.host.port_or(usual) == host.port_or(usual)
    }
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        self.is_secure == other.is_secure && self.is_of(&other.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        text.parse().expect(text)
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host_and_the_scheme_s_own_port_may_be_left_out() {
        assert_eq!(origin("https://coin.example"), origin("https://COIN.example:443"));
        assert_eq!(origin("http://[::1]"), origin("http://[::1]:80"));
        assert_ne!(origin("http://coin.example"), origin("https://coin.example"));
        assert_ne!(origin("http://coin.example"), origin("http://coin.example:443"));
    }

    #[test]
    fn what_follows_the_host_or_stands_before_it_makes_it_none() {
        for text in [
            "null",
            "",
            "coin.example",
            "//coin.example",
            "file://coin.example",
            "HTTP://coin.example",
            "http://",
            "http://coin.example/",
            "http://coin.example?",
            "http://u@coin.example",
            "http://coin.example:1.evil.example",
            "http://[::1].evil.example",
            "http://coin.example http://evil.example",
            "http://http://coin.example",
        ] {
            text.parse::<Origin>().expect_err(text);
        }
    }
}
