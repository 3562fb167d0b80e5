//! The tutorial's six requests, in each form they have.
#![expect(dead_code, reason = "schemas, of which no value is made")]

use shared::tutorial::Route;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, OpenApi, Ref, Required};
use utoipa::{PartialSchema, ToSchema};

use super::{common, room_parameter, text};

/// What the forms of the six requests are about.
pub(super) const TAGS: [(&str, &str); 3] = [
    (
        "tutorial",
        "The tutorial's six requests, to the relay's own node. It mines and pays only where the operator allows",
    ),
    ("tutorial in a room", "The same, to the relay's own node in a room"),
    ("tutorial in a tab", "The same, to a tab, by its id. What changes it needs its token, unless its owner opened it"),
];

/// Where the six requests stand: before their path, in names, and how the path is filled in.
enum Form {
    Root,
    Room,
    Node,
}

impl Form {
    const ALL: [Self; 3] = [Self::Root, Self::Room, Self::Node];

    fn prefix(&self) -> &'static str {
        match self {
            Self::Root => "",
            Self::Room => "/rooms/{room}",
            Self::Node => "/nodes/{id}",
        }
    }

    fn suffix(&self) -> &'static str {
        match self {
            Self::Root => "",
            Self::Room => "_in_room",
            Self::Node => "_in_tab",
        }
    }

    fn tag(&self) -> &'static str {
        let [(root, _), (room, _), (node, _)] = TAGS;
        match self {
            Self::Root => root,
            Self::Room => room,
            Self::Node => node,
        }
    }

    fn complete(&self, operation: OperationBuilder) -> OperationBuilder {
        match self {
            Self::Root => operation,
            Self::Room => operation.parameter(room_parameter()),
            Self::Node => operation.parameter(
                ParameterBuilder::new()
                    .name("id")
                    .parameter_in(ParameterIn::Path)
                    .required(Required::True)
                    .description(Some("The tab's id, or the relay's"))
                    .schema(Some(text().pattern(Some("^[0-9a-fA-F]{32}$")))),
            ),
        }
    }
}

/// Adds the requests to the document.
pub(super) fn describe(document: &mut OpenApi) {
    for form in Form::ALL {
        for route in Route::all() {
            let path = format!("{}{}", form.prefix(), route.path());
            let method = if route.method() == "POST" { HttpMethod::Post } else { HttpMethod::Get };
            document.paths.paths.insert(path, PathItem::new(method, operation(&form, route)));
        }
    }
    document.paths.paths.insert("/nodes/{id}".to_owned(), PathItem::new(HttpMethod::Get, about_node()));
    let schemas = &mut document.components.get_or_insert_default().schemas;
    let mut add = |name: String, schema| schemas.insert(name, schema);
    add(BlockShape::name().into_owned(), BlockShape::schema());
    add(TransactionShape::name().into_owned(), TransactionShape::schema());
    add(About::name().into_owned(), About::schema());
    add(Mined::name().into_owned(), Mined::schema());
    add(ChainAnswer::name().into_owned(), ChainAnswer::schema());
    add(Validity::name().into_owned(), Validity::schema());
    add(Order::name().into_owned(), Order::schema());
    add(Message::name().into_owned(), Message::schema());
    add(Urls::name().into_owned(), Urls::schema());
    add(Connected::name().into_owned(), Connected::schema());
    add(Replaced::name().into_owned(), Replaced::schema());
}

/// `GET /nodes/{id}`, which leads to the requests.
fn about_node() -> Operation {
    let schema = Content::new(Some(Ref::from_schema_name(About::name())));
    let response = ResponseBuilder::new().description("What is known of it").content("application/json", schema);
    let operation = OperationBuilder::new()
        .operation_id(Some("about_node"))
        .tag(Form::Node.tag())
        .summary(Some("Says who a node is, and what it answers"))
        .response("200", response);
    let mut operation = Form::Node.complete(operation).build();
    common(&mut operation, &["Unknown", "TooMany"]);
    operation
}

fn operation(form: &Form, route: Route) -> Operation {
    let name = route.path().trim_start_matches('/');
    let (summary, status, answer, schema) = match route {
        Route::MineBlock => ("Mines a block", "200", "The block", Mined::name()),
        Route::GetChain => ("Gives the chain", "200", "The chain, genesis first", ChainAnswer::name()),
        Route::IsValid => ("Says whether the chain keeps the rules", "200", "Whether it does", Validity::name()),
        Route::AddTransaction => ("Pays", "201", "In which block it will be, at best", Message::name()),
        Route::ConnectNode => ("Connects to nodes", "201", "All nodes it is connected to", Connected::name()),
        Route::ReplaceChain => {
            ("Asks every node for its chain and adopts the best", "200", "What came of it", Replaced::name())
        }
        Route::DisconnectNode => ("Disconnects from nodes", "200", "All nodes it is connected to", Connected::name()),
        Route::StartOver => ("Begins a new chain, in a classic room", "200", "That it has begun", Message::name()),
        Route::DropTransactions => {
            ("Gives up what waits for a block, in a classic room", "200", "That nothing waits", Message::name())
        }
    };
    let mut response = ResponseBuilder::new()
        .description(answer)
        .content("application/json", Content::new(Some(Ref::from_schema_name(schema))));
    if route == Route::GetChain {
        response = response.content("application/octet-stream", Content::new(Some(Vec::<u8>::schema())));
    }
    let mut operation = OperationBuilder::new()
        .operation_id(Some(format!("{name}{}", form.suffix())))
        .tag(form.tag())
        .summary(Some(summary))
        .response(status, response);
    let body = match route {
        Route::AddTransaction => Some(Order::name()),
        Route::ConnectNode | Route::DisconnectNode => Some(Urls::name()),
        _ => None,
    };
    if let Some(body) = &body {
        let content = Content::new(Some(Ref::from_schema_name(body.clone())));
        let request = RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True));
        operation = operation.request_body(Some(request.build()));
    }
    if route == Route::GetChain {
        operation = operation.parameter(
            ParameterBuilder::new()
                .name("format")
                .parameter_in(ParameterIn::Query)
                .description(Some("In a sealed room `json`, or `bytes`: the chain as a file, for other relays. A classic room has one form"))
                .schema(Some(text().examples(["json", "bytes"]))),
        );
    }
    if route.is_change() {
        let none = SecurityRequirement::default();
        operation = operation
            .security(none)
            .security(SecurityRequirement::new("token", Vec::<String>::new()))
            .security(SecurityRequirement::new("id_and_token", Vec::<String>::new()));
    }
    let mut operation = form.complete(operation).build();
    if body.is_some() {
        // The tutorial's own two refusals are plain text.
        let refused = ResponseBuilder::new()
            .description("What was sent breaks a rule")
            .content("application/json", Content::new(Some(Ref::from_schema_name("Receipt"))))
            .content("text/html; charset=utf-8", Content::new(Some(String::schema())));
        operation.responses.responses.insert("400".to_owned(), refused.build().into());
        common(&mut operation, &["TooLarge", "WrongType"]);
    }
    if route.is_change() {
        common(&mut operation, &["NoToken", "Foreign"]);
    }
    common(&mut operation, &["Refused", "Unknown", "TooMany", "Unavailable", "TooLate"]);
    operation
}

/// A block: the tutorial's five fields, and in a sealed room the rest after them. In a classic room the fields are what a
/// block says they are.
#[derive(ToSchema)]
#[schema(as = TutorialBlock)]
struct BlockShape {
    /// 1 for the genesis.
    index: serde_json::Value,
    /// As Python writes a time: `2026-11-22 19:30:54.123000`, in UTC.
    timestamp: serde_json::Value,
    /// The proof: a number, in a sealed room text above 2^53 - 1.
    proof: serde_json::Value,
    /// The hash of the block before.
    previous_hash: serde_json::Value,
    /// Who paid whom.
    #[schema(value_type = Vec<TransactionShape>)]
    transactions: serde_json::Value,
}

/// Who paid whom how much. In a sealed room, addresses and coins: an amount of more than 15 digits is text.
#[derive(ToSchema)]
#[schema(as = TutorialTransaction)]
struct TransactionShape {
    sender: serde_json::Value,
    receiver: serde_json::Value,
    amount: serde_json::Value,
}

/// Who a node is.
#[derive(ToSchema)]
#[schema(as = About)]
struct About {
    id: String,
    name: String,
    room: String,
    /// `sealed` or `classic`.
    rules: String,
    /// `tab`, `relay` or `bridge`.
    role: String,
    online: bool,
    /// When it was last seen: ISO 8601, in UTC.
    seen: String,
    /// The same in milliseconds since 1970.
    seen_ms: u64,
    /// What it answers, as `METHOD path`.
    routes: Vec<String>,
}

/// A block that was mined.
#[derive(ToSchema)]
#[schema(as = Mined)]
struct Mined {
    /// `Mission Accomplished!`
    message: String,
    index: u64,
    timestamp: String,
    proof: serde_json::Value,
    previous_hash: String,
    transactions: Vec<TransactionShape>,
}

/// A chain.
#[derive(ToSchema)]
#[schema(as = TutorialChain)]
struct ChainAnswer {
    chain: Vec<BlockShape>,
    /// How many blocks.
    length: u64,
}

/// Whether a chain keeps the rules.
#[derive(ToSchema)]
#[schema(as = Validity)]
struct Validity {
    message: String,
    valid: bool,
    /// How many blocks.
    length: u64,
}

/// A payment. In a sealed room `sender` is a name or address of the node's wallet, `receiver` an address or the name of a
/// node, and `amount` coins.
#[derive(ToSchema)]
#[schema(as = Order)]
struct Order {
    #[schema(example = "me")]
    sender: serde_json::Value,
    #[schema(example = "you")]
    receiver: serde_json::Value,
    #[schema(example = 5)]
    amount: serde_json::Value,
}

/// A message.
#[derive(ToSchema)]
#[schema(as = Message)]
struct Message {
    message: String,
}

/// Nodes, by URL.
#[derive(ToSchema)]
#[schema(as = Urls)]
struct Urls {
    /// `http://127.0.0.1:5002`, or `http://ID:TOKEN@127.0.0.1:5001` for a tab.
    nodes: Vec<String>,
}

/// The nodes that a node is connected to.
#[derive(ToSchema)]
#[schema(as = Connected)]
struct Connected {
    message: String,
    /// As the tutorial keeps them: host and port, without a token.
    total_nodes: Vec<String>,
}

/// What came of asking every node: `new_chain` where a chain was adopted, else `actual_chain`.
#[derive(ToSchema)]
#[schema(as = Replaced)]
struct Replaced {
    message: String,
    new_chain: Option<Vec<BlockShape>>,
    actual_chain: Option<Vec<BlockShape>>,
}
