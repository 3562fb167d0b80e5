//! How much a client wants each of several forms of an answer: `Accept` and its like (RFC 9110 section 12.4.2).

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderName};

/// The weight of what is not said to have another, in thousandths. Zero is "not acceptable".
const WEIGHT_MAX: u16 = 1_000;

/// The weight of each form that a header names, in lower case and in order.
fn weights(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, u16)> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    let weighed = lines.flat_map(|line| line.split(',')).map(|element| {
        let mut parts = element.split(';').map(str::trim);
        let form = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        (form, weight.map_or(WEIGHT_MAX, weight_of))
    });
    weighed.filter(|(form, _)| !form.is_empty()).collect()
}

/// Reads `0.8` as 800. What is no weight wants nothing.
fn weight_of(text: &str) -> u16 {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_weight = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "0" if is_weight => format!("{decimals:0<3}").parse().unwrap_or_default(),
        "1" if is_weight && decimals.bytes().all(|byte| byte == b'0') => WEIGHT_MAX,
        _ => 0,
    }
}

fn weight(weights: &[(String, u16)], form: &str) -> Option<u16> {
    weights.iter().find(|(named, _)| named == form).map(|(_, weight)| *weight)
}

/// Whether a client takes this form, which it must name.
pub(crate) fn takes(headers: &HeaderMap, name: &HeaderName, form: &str) -> bool {
    weight(&weights(headers, name), form).is_some_and(|weight| weight > 0)
}

/// Whether a client wants HTML rather than JSON. It must name HTML, which programs that take anything (`*/*`) do not.
pub(crate) fn prefers_html(headers: &HeaderMap) -> bool {
    let weights = weights(headers, &ACCEPT);
    let html = weight(&weights, "text/html").unwrap_or_default();
    let anything = || weight(&weights, "application/*").or_else(|| weight(&weights, "*/*")).unwrap_or_default();
    html > 0 && weight(&weights, "application/json").map_or_else(|| html >= anything(), |json| html > json)
}

/// Whether a client takes HTML: it names it, anything, or nothing at all.
pub(crate) fn takes_html(headers: &HeaderMap) -> bool {
    let weights = weights(headers, &ACCEPT);
    let named = ["text/html", "text/*", "*/*"].iter().find_map(|form| weight(&weights, form));
    weights.is_empty() || named.is_some_and(|weight| weight > 0)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::ACCEPT_ENCODING;

    use super::*;

    fn headers(name: HeaderName, lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (name.clone(), HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn html_is_for_whoever_names_it_and_wants_it_more_than_json() {
        for (lines, expected) in [
            (&[][..], false),
            (&["*/*"], false),
            (&["text/*"], false),
            (&["application/json"], false),
            (&["text/html"], true),
            (&["Text/HTML ; charset=utf-8"], true),
            (&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], true),
            (&["text/html, */*"], true),
            (&["application/json, text/html;q=0.1"], false),
            (&["application/json;q=0.1, text/html"], true),
            (&["application/json", "text/html;q=0.5"], false),
            (&["application/json, text/html"], false),
            (&["text/html;q=0, application/json"], false),
            (&["text/html;q=0"], false),
            (&["text/html;q=0.000"], false),
            (&["text/html;q=0.001"], true),
            (&["text/html;q=0.5, */*"], false),
            (&["text/html;q=0.5, */*, application/json;q=0.4"], true),
            (&["text/html;level=1;Q=0.0, */*;q=0"], false),
            (&["text/html;q=2"], false),
            (&["text/html;q=x"], false),
            (&["text/htmlx"], false),
        ] {
            assert_eq!(prefers_html(&headers(ACCEPT, lines)), expected, "{lines:?}");
        }
    }

    #[test]
    fn html_is_taken_by_whoever_names_it_or_anything_or_nothing() {
        for (lines, expected) in [
            (&[][..], true),
            (&["*/*"], true),
            (&["text/*"], true),
            (&["application/json, text/html;q=0.1"], true),
            (&["application/json, */*;q=0.1"], true),
            (&["application/json"], false),
            (&["text/html;q=0, */*"], false),
            (&["text/*;q=0, */*"], false),
            (&["*/*;q=0"], false),
        ] {
            assert_eq!(takes_html(&headers(ACCEPT, lines)), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_form_is_taken_when_it_is_named_and_not_weighted_zero() {
        for (line, form, expected) in [
            ("gzip, deflate, br, zstd", "br", true),
            ("gzip;q=0.5, br;q=0", "br", false),
            ("br;q=0.0", "br", false),
            ("br;q=0.05", "br", true),
            ("GZIP", "gzip", true),
            ("identity", "gzip", false),
            ("", "gzip", false),
        ] {
            assert_eq!(takes(&headers(ACCEPT_ENCODING, &[line]), &ACCEPT_ENCODING, form), expected, "{line} {form}");
        }
    }

    #[test]
    fn a_weight_is_zero_to_one_with_three_decimals_at_most() {
        for (text, expected) in [
            ("0", 0),
            ("0.", 0),
            ("0.8", 800),
            ("0.123", 123),
            ("1", 1_000),
            ("1.000", 1_000),
            ("1.1", 0),
            ("0.1234", 0),
            ("", 0),
            ("-1", 0),
        ] {
            assert_eq!(weight_of(text), expected, "{text}");
        }
    }
}
