//! What a person searches for, read from what was typed or pasted: all that the app itself shows anywhere.
//!
//! It knows no chain; [`lookup`](super::lookup) finds what it names.

use shared::NodeId;

use super::pasted;

/// The longest text that is looked at, in characters: a URL of the app with an address in it is a quarter of it.
const TEXT_CHARS_MAX: usize = 400;
/// Digits of a hash and of a transaction's id.
const HASH_DIGITS: usize = 64;

/// What is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// A height: `3`, `#3`, `12 345`, `Block 3`.
    Height(u64),
    /// A hash or a transaction's id, whole, in lower case.
    Hash(String),
    /// The ends of something that the app showed short: `7c1e…a40f`, `tab1qy2s…k4tz`.
    Ends {
        /// How it begins.
        head: String,
        /// How it ends.
        tail: String,
    },
    /// An address, by its prefix.
    Address(String),
    /// A node.
    Node(NodeId),
    /// Something in another room.
    Elsewhere(String),
    /// Words: a node's name, or a seal's.
    Words(String),
}

/// Reads what was typed in a room whose addresses begin with `prefix`.
pub fn read(text: &str, room: &str, prefix: &str) -> Sought {
    let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
    let line = pasted::line(&text);
    let line = line.trim_matches(['"', '\'', '“', '”', '‘', '’', '«', '»', '(', ')']).trim_end_matches([',', ';', ':']);
    let code = pasted::code(line);
    match in_url(&code, room) {
        Some(Ok(part)) => word(part, part, prefix),
        Some(Err(room)) => Sought::Elsewhere(room.to_owned()),
        None => word(line, &code, prefix),
    }
}

/// The part of an address of the app that names something; or the other room that it is of. `None` where it is no
/// address.
fn in_url<'a>(code: &'a str, room: &str) -> Option<Result<&'a str, &'a str>> {
    let path = match code.split_once("://") {
        Some((_, rest)) => rest,
        None if code.starts_with('/') => code,
        None => return None,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = path.split_at(path.find('/').unwrap_or(path.len()));
    let user = authority.split_once('@').map(|(user, _)| user.split(':').next().unwrap_or_default());
    let host = authority.rsplit('@').next().unwrap_or_default().split('.').next().unwrap_or_default();
    if let Some(id) = [user.unwrap_or_default(), host].into_iter().find(|part| part.parse::<NodeId>().is_ok()) {
        return Some(Ok(id));
    }
    let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
    while let Some(part) = parts.next() {
        match (part, parts.peek()) {
            ("rooms", Some(other)) if *other != room => return Some(Err(other)),
            ("blocks" | "transactions" | "addresses" | "nodes", Some(named)) => return Some(Ok(named)),
            _ => {}
        }
    }
    Some(Ok(path))
}

/// `line` is what was typed, `code` the same without white space.
fn word(line: &str, code: &str, prefix: &str) -> Sought {
    let lower = code.to_lowercase();
    let number = lower.strip_prefix("block").unwrap_or(&lower);
    let digits = if number == lower { line } else { number };
    if let Some(height) = height(digits.trim_start_matches('#')) {
        return Sought::Height(height);
    }
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if lower.len() == HASH_DIGITS && is_hex(&lower) {
        return Sought::Hash(lower);
    }
    if let Ok(id) = lower.parse() {
        return Sought::Node(id);
    }
    if let Some(ends) = ends(&line.to_lowercase()) {
        return ends;
    }
    if lower.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('1')) {
        return Sought::Address(lower);
    }
    Sought::Words(line.to_owned())
}

/// The two ends of something that the app showed short, and nothing beside them.
fn ends(line: &str) -> Option<Sought> {
    let (head, tail) = line.split_once('…').or_else(|| line.split_once("..."))?;
    let (head, tail) = (head.trim_end(), tail.trim_start_matches('.').trim_start());
    let is_end = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_end(head) && is_end(tail)).then(|| Sought::Ends { head: head.to_owned(), tail: tail.to_owned() })
}

/// The one part of several words that names something by itself, as where the app writes a name and a short id, or a
/// height and a seal: `frosty swallow 7c1e…a40f`, `#3 nation · right`. A number without its `#` does not.
pub fn named_in(words: &str, prefix: &str) -> Option<Sought> {
    let is_said =
        |part: &&str| part.starts_with('#') || part.len() > 1 && !part.bytes().all(|byte| byte.is_ascii_digit());
    words.split_whitespace().filter(is_said).map(|part| word(part, part, prefix)).find(|sought| match sought {
        Sought::Words(_) | Sought::Elsewhere(_) => false,
        Sought::Height(_) | Sought::Hash(_) | Sought::Ends { .. } | Sought::Address(_) | Sought::Node(_) => true,
    })
}

/// A whole number as people and the app write it: digits, or groups of three with one mark between them. `1,5` is none.
fn height(text: &str) -> Option<u64> {
    // Sixty-four digits are a hash, be they all decimal.
    let text = text.trim();
    if text.len() >= HASH_DIGITS {
        return None;
    }
    let mark = text.chars().find(|letter| !letter.is_ascii_digit());
    let Some(mark) = mark else { return text.parse().ok() };
    if ![' ', ',', '.', '\'', '’'].contains(&mark) {
        return None;
    }
    let (first, rest) = text.split_once(mark)?;
    let is_group = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    let is_grouped = (1..=3).contains(&first.len()) && !first.starts_with('0') && rest.split(mark).all(is_group);
    if is_grouped { text.replace(mark, "").parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00112233445566778899aabbccddeeff";

    fn sought(text: &str) -> Sought {
        read(text, "main", "tab")
    }

    #[test]
    fn a_height_is_read_as_the_app_and_people_write_it_and_a_decimal_is_none() {
        for (text, height) in [
            ("3", 3),
            (" #3 ", 3),
            ("# 3", 3),
            ("#12\u{202f}345", 12_345),
            ("1 234", 1_234),
            ("1,234,567", 1_234_567),
            ("1.234", 1_234),
            ("Block 3", 3),
            ("block #3:", 3),
            ("\u{200b}3\u{feff}", 3),
            ("007", 7),
        ] {
            assert_eq!(sought(text), Sought::Height(height), "{text:?}");
        }
        for text in ["1,5", "1.5", "1 23", "12,34,567", "1,234.567", "-3", "1e3", "99999999999999999999999", "0,123"] {
            assert!(matches!(sought(text), Sought::Words(_)), "{text:?}: {:?}", sought(text));
        }
    }

    #[test]
    fn hashes_ids_and_addresses_are_read_however_they_were_pasted() {
        let hash = "00ab".repeat(16);
        let broken = format!("\u{feff}{}\n {}", hash[..20].to_uppercase(), &hash[20..]);
        assert_eq!(sought(&broken), Sought::Hash(hash.clone()));
        assert_eq!(sought(&"1".repeat(64)), Sought::Hash("1".repeat(64)), "be it all decimal");
        assert_eq!(sought(&format!("\"{ID}\"")), Sought::Node(ID.parse().expect("32 digits")));
        assert_eq!(sought(" TAB1QY2S DFAS "), Sought::Address("tab1qy2sdfas".to_owned()));
        for text in ["7c1e…a40f", "7C1E...a40f", "(7c1e … a40f)"] {
            let ends = Sought::Ends { head: "7c1e".to_owned(), tail: "a40f".to_owned() };
            assert_eq!(sought(text), ends, "{text}");
        }
        assert_eq!(sought("  brave   lynx "), Sought::Words("brave lynx".to_owned()));
    }

    #[test]
    fn what_stands_beside_a_name_or_a_seal_names_by_itself() {
        let hash = "0c".repeat(32);
        for (text, expect) in [
            ("#3 nation · right", Some(Sought::Height(3))),
            ("brave lynx 7c1e…a40f", Some(Sought::Ends { head: "7c1e".to_owned(), tail: "a40f".to_owned() })),
            (&format!("nation · right · {hash}"), Some(Sought::Hash(hash.clone()))),
            ("pupil 7", None),
            ("nation · right", None),
            ("1,5 coins", None),
        ] {
            assert!(matches!(sought(text), Sought::Words(_)), "{text}: {:?}", sought(text));
            assert_eq!(named_in(text, "tab"), expect, "{text}");
        }
    }

    #[test]
    fn an_address_of_the_app_leads_to_what_it_names() {
        let (hash, id) = ("0c".repeat(32), ID.parse().expect("32 digits"));
        for (text, expect) in [
            (format!("http://127.0.0.1:5001/blocks/{hash}"), Sought::Hash(hash.clone())),
            ("https://coin.example/rooms/main/blocks/3?x=1#y".to_owned(), Sought::Height(3)),
            (format!("/transactions/{hash}"), Sought::Hash(hash.clone())),
            ("http://host/api/v1/rooms/main/addresses/tab1xyz".to_owned(), Sought::Address("tab1xyz".to_owned())),
            (format!("http://host/nodes/{ID}/get_chain"), Sought::Node(id)),
            (format!("http://{ID}:x@127.0.0.1:5001"), Sought::Node(id)),
            (format!("http://{ID}.localhost:5001/"), Sought::Node(id)),
            ("http://host/rooms/classic/blocks/3".to_owned(), Sought::Elsewhere("classic".to_owned())),
            ("http://host/wallet".to_owned(), Sought::Words("/wallet".to_owned())),
        ] {
            assert_eq!(sought(&text), expect, "{text}");
        }
    }
}
