//! Finds the tags in `index.html` that are addressed to Trunk: `<link data-trunk rel=… href=…>`.
//!
//! Not an HTML parser: it knows comments, tags and attributes, which is all that a page written by us needs.

use std::ops::Range;

use anyhow::{Result, bail};

/// One `<link data-trunk …>`.
#[derive(Debug, PartialEq)]
pub(crate) struct Tag {
    /// Where it stands in the page.
    pub(crate) span: Range<usize>,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// Returns an attribute's value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Writes out the attributes that are for the browser, except `href`, each with a space before it.
    pub(crate) fn for_the_browser(&self) -> String {
        let kept = self.attributes.iter().filter(|(key, _)| key != "href" && !key.starts_with("data-"));
        kept.map(|(key, value)| format!(" {key}=\"{value}\"")).collect()
    }
}

/// Returns Trunk's tags in the order of the page.
pub(crate) fn find(page: &str) -> Result<Vec<Tag>> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(offset) = page[at..].find('<') {
        let start = at + offset;
        if page[start..].starts_with("<!--") {
            let Some(end) = page[start..].find("-->") else { bail!("index.html: a comment is not closed") };
            at = start + end + 3;
            continue;
        }
        let (attributes, end) = attributes(page, start + 1)?;
        let name = &attributes[0].0;
        if attributes.iter().any(|(key, _)| key == "data-trunk") {
            if name != "link" {
                bail!("index.html: `data-trunk` on <{name}> is not supported, only on <link>");
            }
            tags.push(Tag { span: start..end, attributes: attributes[1..].to_vec() });
        }
        at = end;
    }
    Ok(tags)
}

/// Reads a tag's name and attributes up to its `>`; the name is the first of them. Returns where the tag ends.
fn attributes(page: &str, start: usize) -> Result<(Vec<(String, String)>, usize)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut at = start;
    loop {
        at += spaces(&page[at..]);
        let rest = &page[at..];
        let Some(next) = rest.chars().next() else { bail!("index.html: a tag is not closed") };
        match next {
            '>' => {
                if found.is_empty() {
                    found.push(Default::default());
                }
                return Ok((found, at + 1));
            }
            '/' => at += 1,
            _ => {
                let length = rest.find(|c: char| c.is_whitespace() || "=>".contains(c)).unwrap_or(rest.len()).max(1);
                let name = rest[..length].trim_end_matches('/').to_ascii_lowercase();
                at += length;
                let (value, length) = value(&page[at..])?;
                at += length;
                found.push((name, value));
            }
        }
    }
}

/// Reads `="value"`, `='value'` or `=value`, if that is what comes next, and how long it is.
fn value(rest: &str) -> Result<(String, usize)> {
    let before = spaces(rest);
    let Some(text) = rest[before..].strip_prefix('=') else {
        return Ok((String::new(), 0));
    };
    let gap = spaces(text);
    let text = &text[gap..];
    let offset = before + 1 + gap;
    if let Some(quote @ ('"' | '\'')) = text.chars().next() {
        let Some(end) = text[1..].find(quote) else { bail!("index.html: a quoted value is not closed") };
        Ok((text[1..=end].to_owned(), offset + end + 2))
    } else {
        let end = text.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(text.len());
        Ok((text[..end].to_owned(), offset + end))
    }
}

fn spaces(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(page: &str) -> Tag {
        let mut tags = find(page).unwrap();
        assert_eq!(tags.len(), 1, "in {page}");
        tags.remove(0)
    }

    #[test]
    fn a_tag_is_found_however_it_is_written() {
        for page in [
            r#"<head><link data-trunk rel="css" href="a.css"></head>"#,
            r#"<head><link data-trunk rel="css" href="a.css" /></head>"#,
            r#"<head><link data-trunk rel="css" href="a.css"/></head>"#,
            "<head><LINK\n  rel='css'\n  href = 'a.css'\n  data-trunk\n></head>",
            "<head><link data-trunk rel=css href=a.css></head>",
        ] {
            let tag = one(page);
            assert_eq!((tag.get("rel"), tag.get("href")), (Some("css"), Some("a.css")), "in {page}");
            assert!(page[tag.span.clone()].starts_with('<') && page[tag.span].ends_with('>'), "in {page}");
        }
    }

    #[test]
    fn what_is_not_for_trunk_is_left_alone() {
        let page = r#"<!doctype html><!-- <link data-trunk rel="css" href="a.css"> -->
            <html lang="en"><link rel="manifest" href="/m.json"><p title="a > b">x</p></html>"#;
        assert_eq!(find(page).unwrap(), []);
    }

    #[test]
    fn only_the_browsers_attributes_stay() {
        let tag = one(r#"<link data-trunk rel="icon" href="a.svg" type="image/svg+xml" data-target-path="x">"#);
        assert_eq!(tag.for_the_browser(), r#" rel="icon" type="image/svg+xml""#);
    }

    #[test]
    fn a_mistake_in_the_page_is_named() {
        for (page, words) in [
            ("<link data-trunk", "tag is not closed"),
            ("<link data-trunk href=\"a>", "value is not closed"),
            ("<!-- x", "comment is not closed"),
            ("<script data-trunk src=\"a.js\"></script>", "only on <link>"),
        ] {
            let error = find(page).unwrap_err().to_string();
            assert!(error.contains(words), "{page}: {error}");
        }
    }
}
