//! What a netloc says: host, port, and perhaps who is meant there.

use axum::http::uri::Authority;
use shared::tutorial::NETLOC_BYTES_MAX;
use shared::{NodeId, Receipt};

use crate::tabs::id_before_host;

/// The port of `http` where none is named.
const HTTP_PORT: u16 = 80;

/// A netloc, read.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The host: a name in lower case, or an address without brackets.
    pub(crate) host: String,
    /// The port.
    pub(crate) port: u16,
    /// The host and the port as they were written: what is sent as `Host`.
    pub(crate) written: String,
    /// The user before the `@`.
    pub(crate) user: Option<String>,
    /// What stands behind the user: a token. Never logged.
    pub(crate) password: Option<String>,
}

impl Place {
    /// Reads a netloc.
    ///
    /// # Errors
    /// When it is none. What stands before the `@` is not in the receipt.
    pub(crate) fn read(netloc: &str) -> Result<Self, Receipt> {
        // As Python's `urlparse` does: the last one.
        let (user_info, written) = netloc.rsplit_once('@').map_or((None, netloc), |(user, host)| (Some(user), host));
        let shown: String = written.chars().take(80).collect();
        let refused = || Receipt::new("node", "a host, perhaps with a port", format!("{shown:?}"));
        if netloc.len() > NETLOC_BYTES_MAX {
            let found = format!("{} bytes", netloc.len());
            return Err(Receipt::new("node", format!("at most {NETLOC_BYTES_MAX} bytes"), found));
        }
        let authority: Authority = written.parse().map_err(|_| refused())?;
        let host = authority.host();
        let after = &written[host.len()..];
        let port = match after.strip_prefix(':') {
            None if after.is_empty() => HTTP_PORT,
            Some("") => HTTP_PORT,
            Some(port) => port.parse().map_err(|_| refused())?,
            None => return Err(refused()),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err(refused());
        }
        let (user, password) = match user_info {
            None => (None, None),
            Some(text) => {
                let (user, password) = text.split_once(':').unwrap_or((text, ""));
                (Some(unquoted(user)), Some(unquoted(password)))
            }
        };
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port,
            written: written.to_owned(),
            user: given(user),
            password: given(password),
        })
    }

    /// The node that an id before the host names, and the place without it.
    pub(crate) fn without_id(self) -> (Option<NodeId>, Self) {
        let before = id_before_host(&self.host).and_then(|(id, rest)| Some((id.parse().ok()?, rest.to_owned())));
        match before {
            Some((id, host)) => (Some(id), Self { host, ..self }),
            None => (None, self),
        }
    }
}

/// Undoes percent-encoding, as Python's `requests` does with user information.
fn unquoted(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let mut decoded = [0];
        match after.get(..2) {
            Some(digits) if byte == b'%' && hex::decode_to_slice(digits, &mut decoded).is_ok() => {
                bytes.push(decoded[0]);
                rest = &after[2..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_netloc_is_read_as_the_tutorials_library_reads_it() {
        for (netloc, host, port, user, password) in [
            ("127.0.0.1:5002", "127.0.0.1", 5002, None, None),
            ("Node.Example", "node.example", 80, None, None),
            ("node.example:", "node.example", 80, None, None),
            ("[::1]:5002", "::1", 5002, None, None),
            ("ada:to%3Aken@h:1", "h", 1, Some("ada"), Some("to:ken")),
            ("a@b:c@h", "h", 80, Some("a@b"), Some("c")),
            ("ada@h", "h", 80, Some("ada"), None),
            ("@h", "h", 80, None, None),
            ("a%4:x%zz@h", "h", 80, Some("a%4"), Some("x%zz")),
        ] {
            let place = Place::read(netloc).expect(netloc);
            let found = (place.host.as_str(), place.port, place.user.as_deref(), place.password.as_deref());
            assert_eq!(found, (host, port, user, password), "{netloc}");
        }
    }

    #[test]
    fn what_could_reach_further_than_a_host_and_a_port_is_none() {
        for netloc in [
            "",
            ":80",
            "h:99999",
            "h:-1",
            "h:80:80",
            "h/path",
            "h?x",
            "h#x",
            "h h",
            "h\r\nX: y",
            "[::1",
            "::1",
            "h:0x50",
            "[fe80::1%25eth0]x",
            "é",
            "user:pass@",
        ] {
            assert!(Place::read(netloc).is_err(), "{netloc:?}");
        }
        let refused = Place::read("id:secret@h/x").map(|_| ()).expect_err("a path");
        assert!(!refused.to_string().contains("secret"), "{refused}");
        assert_eq!(Place::read(&"a".repeat(NETLOC_BYTES_MAX + 1)).map(|_| ()).expect_err("long").rule, "node");
    }

    #[test]
    fn an_id_before_the_host_is_taken_off() {
        let id = "0123456789abcdef0123456789abcdef";
        let (found, place) = Place::read(&format!("{id}.localhost:5001")).expect("a netloc").without_id();
        assert_eq!((found, place.host.as_str()), (Some(id.parse().expect("an id")), "localhost"));
        let (found, place) = Place::read("localhost:5001").expect("a netloc").without_id();
        assert_eq!((found, place.host.as_str()), (None, "localhost"));
    }
}
