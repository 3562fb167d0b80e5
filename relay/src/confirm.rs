//! An address of the tutorial that changes a node, opened in a browser that does not say who asks: a page with a button.
//!
//! Over plain http a page of another site could have had the browser open it. The button posts to the same address; a
//! POST carries `Origin`, which tells the relay's own page from others. No other site can press it: the page is never
//! shown in a frame, and nobody else can read it.

use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ORIGIN};
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use shared::Receipt;
use shared::tutorial::Route;

use crate::navigation::is_navigation;
use crate::refusal::refusal;
use crate::security::OwnForm;

/// Refuses what another site's page may have asked for: with a button for whoever opened it, with the receipt for others.
pub(crate) fn refuse(request: &Request, receipt: Receipt) -> Response {
    let is_opened = is_navigation(request.method(), request.headers()) && route(request).is_some();
    if !is_opened {
        return refusal(StatusCode::FORBIDDEN, receipt);
    }
    let path = escaped(request.uri().path());
    let Receipt { rule, expected, found } = receipt;
    let (expected, found) = (escaped(&expected), escaped(&found));
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{path}</title>\n\
         <h1>Do it?</h1>\n\
         <p><code>{path}</code> changes a node. The browser does not tell this relay whether you opened this address or a \
         page of another site did, so it asks you.</p>\n\
         <form method=\"post\"><button>Yes, {path}</button></form>\n\
         <p>Programs are not asked: <code>curl http://HOST{path}</code></p>\n\
         <pre>rule:     {rule}\nexpected: {expected}\nfound:    {found}</pre>\n"
    );
    OwnForm::mark((StatusCode::FORBIDDEN, [(CACHE_CONTROL, "no-store")], Html(page)).into_response())
}

/// Makes what the button sends the request that it stands for. The request must be known to come from home.
pub(crate) fn accept(request: &mut Request) {
    let is_pressed = request.method() == Method::POST && request.headers().contains_key(ORIGIN);
    if is_pressed && route(request).is_some() {
        *request.method_mut() = Method::GET;
        for name in [CONTENT_TYPE, CONTENT_LENGTH] {
            request.headers_mut().remove(name);
        }
    }
}

/// The route that changes a node by GET.
fn route(request: &Request) -> Option<Route> {
    let path = request.uri().path();
    let route = Route::of(&path[path.rfind('/')?..])?;
    (route.is_change() && route.method() == "GET").then_some(route)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_address_is_text_on_the_page() {
        assert_eq!(
            escaped("/nodes/<b a='1' c=\"2\">&/mine_block"),
            "/nodes/&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;/mine_block"
        );
    }
}
