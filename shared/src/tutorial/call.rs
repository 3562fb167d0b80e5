//! What a request asks for: one of the tutorial's six routes, or one of the three beside them, with the right method and
//! content type.

use crate::exchange::{Answer, JSON, Request};
use crate::rules::receipt::Receipt;
use crate::values::Rules;

/// One of the tutorial's routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// `GET /mine_block`.
    MineBlock,
    /// `GET /get_chain`.
    GetChain,
    /// `GET /is_valid`.
    IsValid,
    /// `POST /add_transaction`.
    AddTransaction,
    /// `POST /connect_node`.
    ConnectNode,
    /// `GET /replace_chain`.
    ReplaceChain,
    /// `POST /disconnect_node`, which the tutorial does not have: nodes are asked no longer.
    DisconnectNode,
    /// `POST /start_over`, which the tutorial does not have: a restart of its script.
    StartOver,
    /// `POST /drop_transactions`, which the tutorial does not have: what waits for a block is given up.
    DropTransactions,
}

impl Route {
    /// The tutorial's six.
    pub const ALL: [Self; 6] =
        [Self::MineBlock, Self::GetChain, Self::IsValid, Self::AddTransaction, Self::ConnectNode, Self::ReplaceChain];
    /// What only a classic node answers beside them: the ways out of a chain that has no room for another block.
    pub const OF_CLASSIC: [Self; 2] = [Self::StartOver, Self::DropTransactions];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain([Self::DisconnectNode]).chain(Self::OF_CLASSIC)
    }

    /// Those that a node with these rules answers.
    pub fn of_rules(rules: Rules) -> impl Iterator<Item = Self> {
        let is_classic = rules == Rules::Classic;
        Self::all().filter(move |route| is_classic || !Self::OF_CLASSIC.contains(route))
    }

    /// Its path.
    pub fn path(self) -> &'static str {
        match self {
            Self::MineBlock => "/mine_block",
            Self::GetChain => "/get_chain",
            Self::IsValid => "/is_valid",
            Self::AddTransaction => "/add_transaction",
            Self::ConnectNode => "/connect_node",
            Self::ReplaceChain => "/replace_chain",
            Self::DisconnectNode => "/disconnect_node",
            Self::StartOver => "/start_over",
            Self::DropTransactions => "/drop_transactions",
        }
    }

    /// Its method.
    pub fn method(self) -> &'static str {
        match self {
            Self::AddTransaction
            | Self::ConnectNode
            | Self::DisconnectNode
            | Self::StartOver
            | Self::DropTransactions => "POST",
            Self::MineBlock | Self::GetChain | Self::IsValid | Self::ReplaceChain => "GET",
        }
    }

    /// Whether it changes the node, and so needs its owner's leave.
    pub fn is_change(self) -> bool {
        !matches!(self, Self::GetChain | Self::IsValid)
    }

    /// The route of a path.
    pub fn of(path: &str) -> Option<Self> {
        Self::all().find(|route| route.path() == path)
    }
}

/// A request that can be answered. Bodies are text still: each rule set reads them by its own rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Mine a block.
    MineBlock,
    /// Give the chain; `query` is what followed the question mark.
    GetChain {
        /// `format=bytes`, or empty.
        query: String,
    },
    /// Say whether the chain keeps the rules.
    IsValid,
    /// Pay.
    AddTransaction {
        /// `{"sender": …, "receiver": …, "amount": …}`.
        body: String,
    },
    /// Connect to nodes.
    ConnectNode {
        /// `{"nodes": […]}`.
        body: String,
    },
    /// Ask every node for its chain and adopt the best.
    ReplaceChain,
    /// Disconnect from nodes.
    DisconnectNode {
        /// `{"nodes": […]}`.
        body: String,
    },
    /// Begin a new chain, in a classic room.
    StartOver,
    /// Give up what waits for a block, in a classic room.
    DropTransactions,
}

impl Call {
    /// Reads a request. A reading route answers HEAD like GET.
    ///
    /// # Errors
    /// The answer that refuses it: 404 for another path, 405 for another method, 415 for a body that is not said to be
    /// JSON.
    pub fn parse(request: &Request) -> Result<Self, Answer> {
        let route = Route::of(&request.path).ok_or_else(|| {
            let paths = Route::ALL.map(Route::path).join(", ");
            Answer::refusal(404, &Receipt::new("path", format!("one of {paths}"), request.path.as_str()))
        })?;
        let is_head = request.method == "HEAD" && !route.is_change();
        if request.method != route.method() && !is_head {
            let expected = format!("{} {}", route.method(), route.path());
            let found = format!("{} {}", request.method, request.path);
            return Err(Answer::refusal(405, &Receipt::new("method", expected, found)));
        }
        let body = || match request.content_type.as_deref() {
            Some(media) if media == JSON || (media.starts_with("application/") && media.ends_with("+json")) => {
                Ok(request.body.clone())
            }
            other => Err(Answer::refusal(415, &Receipt::new("content type", JSON, other.unwrap_or("none")))),
        };
        Ok(match route {
            Route::MineBlock => Self::MineBlock,
            Route::GetChain => Self::GetChain { query: request.query.clone() },
            Route::IsValid => Self::IsValid,
            Route::AddTransaction => Self::AddTransaction { body: body()? },
            Route::ConnectNode => Self::ConnectNode { body: body()? },
            Route::ReplaceChain => Self::ReplaceChain,
            Route::DisconnectNode => Self::DisconnectNode { body: body()? },
            Route::StartOver => Self::StartOver,
            Route::DropTransactions => Self::DropTransactions,
        })
    }

    /// Its route.
    pub fn route(&self) -> Route {
        match self {
            Self::MineBlock => Route::MineBlock,
            Self::GetChain { .. } => Route::GetChain,
            Self::IsValid => Route::IsValid,
            Self::AddTransaction { .. } => Route::AddTransaction,
            Self::ConnectNode { .. } => Route::ConnectNode,
            Self::ReplaceChain => Route::ReplaceChain,
            Self::DisconnectNode { .. } => Route::DisconnectNode,
            Self::StartOver => Route::StartOver,
            Self::DropTransactions => Route::DropTransactions,
        }
    }
}

/// The answer of a sealed node to what only a classic one does.
pub fn only_in_classic(route: Route) -> Answer {
    let expected = "a node of a classic room, such as /rooms/classic";
    Answer::refusal(404, &Receipt::new("path", expected, format!("{} in a sealed room", route.path())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str, content_type: Option<&str>) -> Request {
        Request {
            number: 1,
            method: method.to_owned(),
            path: path.to_owned(),
            query: String::new(),
            content_type: content_type.map(str::to_owned),
            body: "{}".to_owned(),
            token: None,
            agent: None,
            is_foreign: false,
            within_ms: 1_000,
        }
    }

    #[test]
    fn each_route_is_read_by_its_own_method() {
        for route in Route::all() {
            let call = Call::parse(&request(route.method(), route.path(), Some(JSON))).expect("its own method");
            assert_eq!(call.route(), route);
            let other = if route.method() == "GET" { "POST" } else { "GET" };
            assert_eq!(Call::parse(&request(other, route.path(), Some(JSON))).expect_err("another").status, 405);
            let head = Call::parse(&request("HEAD", route.path(), None));
            assert_eq!(head.is_ok(), !route.is_change(), "HEAD changes nothing");
        }
    }

    #[test]
    fn a_classic_node_answers_all_routes_and_a_sealed_one_all_but_those_of_classic() {
        assert!(Route::of_rules(Rules::Classic).eq(Route::all()));
        assert!(Route::of_rules(Rules::Sealed).eq(Route::all().filter(|route| !Route::OF_CLASSIC.contains(route))));
    }

    #[test]
    fn another_path_and_a_body_of_another_kind_are_refused_as_the_tutorials_server_does() {
        assert_eq!(Call::parse(&request("GET", "/mine", None)).expect_err("no such route").status, 404);
        for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
            assert_eq!(Call::parse(&request("POST", "/add_transaction", kind)).expect_err("no JSON").status, 415);
        }
    }
}
