//! One document of all that the relay answers over HTTP (OpenAPI 3.1), made from the routes themselves, and a page to try
//! it at.
//!
//! REST routes are described where they are answered ([`rest`](crate::rest)); the tutorial's six requests follow from
//! `shared::tutorial` in each form they have. What many answers have in common is added here.

mod docs;
mod tutorial;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::OpenApi as _;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::{ResponseBuilder, ResponsesBuilder};
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Content, InfoBuilder, LicenseBuilder, OpenApi, Ref, RefOr, Required, Server};

use crate::base_path::BasePath;
use crate::relay::Relay;
use crate::rest::{self, Described};

const TITLE: &str = "Tabcoin relay";
const ABOUT: &str = "\
Tabcoin's full nodes are browser tabs; this relay keeps their chains, passes their messages on, and gives every tab an \
HTTP address of its own.

- **Under `/api/v1`** stands what the relay's own verifying node knows of each room. Everything can be read from \
anywhere; a signed payment can be submitted.
- **The tutorial's six requests** are answered by the relay's own node at the root, by that node in a room under \
`/rooms/{room}`, and by each tab under `/nodes/{id}`. A tab is also reached as a host `ID.host`, and as \
`http://ID:TOKEN@host`.

Whatever is refused is refused with a receipt: the rule, what was expected, what was found. Amounts are in \
units, of which a coin has 1,000,000; times are milliseconds since 1970 UTC. A number that floating point would round \
(above 2^53 - 1) is text. What is on the chain may leave it again in \
a reorganisation, so every answer has an `ETag`, and none is to be kept without asking.";

/// The name under which each common answer stands in the document, its status, and what it says.
const COMMON: [(&str, &str, &str); 9] = [
    ("Refused", "400", "What was sent breaks a rule"),
    ("NoToken", "401", "The tab is not open, and the token is missing or wrong"),
    ("Foreign", "403", "A page of another site asks for a change, or changes are off"),
    ("Unknown", "404", "There is no such thing"),
    ("TooLarge", "413", "The body is too long"),
    ("WrongType", "415", "The body is said to be something else than JSON"),
    ("TooMany", "429", "Too many requests"),
    ("Unavailable", "503", "The store fails, or the tab has gone"),
    ("TooLate", "504", "The tab did not answer in time"),
];

/// The document and the page.
pub(crate) fn router(base: &BasePath) -> Router<Arc<Relay>> {
    let document = document(base).to_pretty_json().expect("a document of text keys and plain values");
    let document = Bytes::from(document);
    let show = async move || show(document);
    Router::new().route("/openapi.json", get(show).fallback(rest::wrong_method)).merge(docs::router())
}

fn show(document: Bytes) -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], document).into_response()
}

/// The whole document. Its server is the host that it comes from, under the base path.
fn document(base: &BasePath) -> OpenApi {
    let mut document = Described::openapi();
    document.servers = (!base.is_root()).then(|| vec![Server::new(base.as_str())]);
    document.info = InfoBuilder::new()
        .title(TITLE)
        .description(Some(ABOUT))
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build()))
        .build();
    for (path, item) in &mut document.paths.paths {
        complete(path, item);
    }
    tutorial::describe(&mut document);
    document.tags = Some(
        tutorial::TAGS
            .into_iter()
            .chain(TAGS)
            .map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build())
            .collect(),
    );
    let mut components = ComponentsBuilder::from(document.components.take().unwrap_or_default());
    for (name, status, about) in COMMON {
        components = components.response(name, refusal(status, about));
    }
    document.components = Some(
        components
            .security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
            .security_scheme("id_and_token", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)))
            .build(),
    );
    document
}

/// What the REST routes are about.
const TAGS: [(&str, &str); 7] = [
    ("rooms", "Networks of their own: each has its parameters, its chain and its members"),
    ("blocks", "The chain"),
    ("transactions", "Payments and rewards"),
    ("addresses", "What an address has, and what became of it"),
    ("nodes", "Who is in a room"),
    ("events", "What happens, as it happens"),
    ("relay", "The relay itself"),
];

/// Adds to a REST route what all have in common.
fn complete(path: &str, item: &mut PathItem) {
    let in_room = path.contains("{room}");
    for operation in [item.get.as_mut(), item.post.as_mut()].into_iter().flatten() {
        if in_room {
            operation.parameters.get_or_insert_default().insert(0, room_parameter());
        }
        common(operation, &["TooMany"]);
        if path.starts_with("/api/") {
            common(operation, &["Refused"]);
        }
        if in_room {
            common(operation, &["Unknown", "Unavailable"]);
        }
    }
    if let Some(operation) = &mut item.post {
        common(operation, &["Foreign"]);
    }
    let is_stream = path.ends_with("/events");
    if let Some(operation) = item.get.as_mut().filter(|_| path.starts_with("/api/") && !is_stream) {
        let unchanged = ResponseBuilder::new().description("It is what `If-None-Match` names").build();
        operation.responses.responses.insert("304".to_owned(), RefOr::T(unchanged));
        if let Some(RefOr::T(whole)) = operation.responses.responses.get_mut("200") {
            let tag = HeaderBuilder::new().description(Some("For `If-None-Match`")).schema(text()).build();
            whole.headers.insert("ETag".to_owned(), tag);
        }
    }
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn room_parameter() -> utoipa::openapi::path::Parameter {
    ParameterBuilder::new()
        .name("room")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The room's name"))
        .schema(Some(text().pattern(Some("^[a-z0-9-]{1,32}$"))))
        .example(Some("main".into()))
        .build()
}

/// Adds these of the common answers to an operation, where it has none of its own for their status.
fn common(operation: &mut Operation, names: &[&str]) {
    let common = COMMON.iter().filter(|(name, ..)| names.contains(name));
    let responses = common.fold(ResponsesBuilder::new(), |responses, (name, status, _)| {
        responses.response(*status, Ref::from_response_name(*name))
    });
    for (status, response) in responses.build().responses {
        operation.responses.responses.entry(status).or_insert(response);
    }
}

/// An answer that is a receipt.
fn refusal(status: &str, about: &str) -> ResponseBuilder {
    let receipt = Content::new(Some(Ref::from_schema_name("Receipt")));
    let response = ResponseBuilder::new().description(about).content("application/json", receipt);
    match status {
        "429" | "503" => {
            let after = HeaderBuilder::new().description(Some("After how many seconds to ask again"));
            let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
            response.header("Retry-After", after.schema(schema).build())
        }
        _ => response,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
        let document = serde_json::to_value(document(&BasePath::default())).expect("JSON");
        assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
        let references = references(&document);
        assert!(references.len() > 20);
        for reference in references {
            let pointer = reference.strip_prefix('#').expect("within the document");
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        let operations = document["paths"].as_object().expect("paths").values();
        let operations: Vec<&serde_json::Value> =
            operations.flat_map(|item| ["get", "post"].into_iter().filter_map(|method| item.get(method))).collect();
        let names: BTreeSet<&str> =
            operations.iter().map(|operation| operation["operationId"].as_str().expect("a name")).collect();
        assert_eq!(names.len(), operations.len());
        for operation in operations {
            for (status, answer) in operation["responses"].as_object().expect("answers") {
                let is_described = answer["description"].is_string() || answer["$ref"].is_string();
                assert!(is_described, "{}: {status}", operation["operationId"]);
            }
        }
    }

    fn references(value: &serde_json::Value) -> Vec<String> {
        match value {
            serde_json::Value::Object(map) => {
                let own = map.get("$ref").and_then(|reference| reference.as_str()).map(str::to_owned);
                own.into_iter().chain(map.values().flat_map(references)).collect()
            }
            serde_json::Value::Array(values) => values.iter().flat_map(references).collect(),
            _ => Vec::new(),
        }
    }
}
