//! The page: where its files are under the relay's base path, and its inline scripts, for its content security policy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::base_path::BasePath;

/// The page as it reads under a base path. A build names its files from the root, in quotes: `"/app-1f0c.js"`. So the
/// app need not be built for its path, and no `<base>` is needed, which would change the meaning of every other address.
pub(super) fn under<'a>(html: &str, base: &BasePath, files: impl Iterator<Item = &'a String>) -> String {
    let mut html = html.to_owned();
    for file in files {
        for quote in ['"', '\''] {
            html = html.replace(&format!("{quote}/{file}{quote}"), &format!("{quote}{base}/{file}{quote}"));
        }
    }
    html
}

/// The policy's sources for the scripts that stand in a page itself: `'sha256-…'` of what is between the tags, as CSP
/// level 3 section 6.7.2.3 hashes it.
pub(super) fn script_hashes(html: &str) -> Vec<String> {
    let mut hashes = Vec::new();
    let mut rest = html;
    while let Some((tag, after)) = next_script(rest) {
        let end = find_ignoring_case(after, "</script").unwrap_or(after.len());
        if !has_source(tag) {
            let hash = STANDARD.encode(Sha256::digest(&after.as_bytes()[..end]));
            hashes.push(format!("'sha256-{hash}'"));
        }
        rest = &after[end..];
    }
    hashes
}

/// The attributes of the next opening script tag, and what follows the tag. Comments are passed over.
fn next_script(html: &str) -> Option<(&str, &str)> {
    let mut rest = html;
    loop {
        let open = rest.find('<')?;
        rest = &rest[open..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = &comment[comment.find("-->")? + 3..];
            continue;
        }
        let name_end = "<script".len();
        let is_script = rest.get(..name_end).is_some_and(|name| name.eq_ignore_ascii_case("<script"))
            && rest[name_end..].starts_with(|next: char| next == '>' || next == '/' || next.is_ascii_whitespace());
        if is_script {
            let attributes = &rest[name_end..];
            let end = end_of_tag(attributes)?;
            return Some((&attributes[..end], &attributes[end + 1..]));
        }
        rest = &rest[1..];
    }
}

/// Where the tag ends: the first `>` outside quotes.
fn end_of_tag(attributes: &str) -> Option<usize> {
    let mut quote = None;
    attributes.bytes().position(|byte| {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'>') => return true,
            _ => {}
        }
        false
    })
}

/// Whether the script is elsewhere.
fn has_source(attributes: &str) -> bool {
    let mut rest = attributes;
    while let Some(at) = find_ignoring_case(rest, "src") {
        let before = rest[..at].chars().next_back();
        let after = rest[at + 3..].trim_start();
        if before.is_none_or(|before| before.is_ascii_whitespace() || matches!(before, '"' | '\'' | '/'))
            && after.starts_with('=')
        {
            return true;
        }
        rest = &rest[at + 3..];
    }
    false
}

fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    text.as_bytes().windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(script: &str) -> String {
        format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
    }

    #[test]
    fn the_hash_is_the_one_browsers_compute() {
        // The example of CSP level 3, section 2.3.1.
        assert_eq!(
            script_hashes("<script>alert('Hello, world.');</script>"),
            ["'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"]
        );
    }

    #[test]
    fn inline_scripts_are_found_whatever_their_tags_look_like_and_others_are_not() {
        let html = "<!doctype html><!-- <script>commented()</script> --><SCRIPT type=\"module\" title=\"a>b\">\none('</p>')\n</SCRIPT>\
            <script src=\"/a.js\"></script><script defer SRC = '/b.js'>ignored()</script><scripture>no</scripture>\
            <script data-src=\"x\">two()</script><script>unclosed()";
        assert_eq!(script_hashes(html), [source("\none('</p>')\n"), source("two()"), source("unclosed()")]);
    }

    #[test]
    fn under_a_base_path_the_page_s_own_files_are_there_and_nothing_else_changes() {
        let html = "<link href=\"/a-1.css\"><script type=\"module\">import init from '/app-1.js';
            await init({ module_or_path: '/app-1_bg.wasm' });</script><a href=\"/wallet\">/app-1.js</a>";
        let files = ["a-1.css", "app-1.js", "app-1_bg.wasm", "worker.js"].map(str::to_owned);
        let expected = "<link href=\"/coin/a-1.css\"><script type=\"module\">import init from '/coin/app-1.js';
            await init({ module_or_path: '/coin/app-1_bg.wasm' });</script><a href=\"/wallet\">/app-1.js</a>";
        assert_eq!(under(html, &"/coin".parse().expect("a base path"), files.iter()), expected);
    }

    #[test]
    fn a_page_without_scripts_or_cut_off_in_a_tag_has_none() {
        for html in ["", "<p>no</p>", "<script", "<script src=\"", "<!-- <script>a</script>"] {
            assert!(script_hashes(html).is_empty(), "{html}");
        }
    }
}
