//! Answers requests for paths that are not there: 404 with a receipt that names the nearest path that is.
//!
//! Programs get no page in the place of an answer: a status of 200 would tell them that all is well. A path is named only
//! where it answers them, so the app's pages are not, and below an unknown room or node the receipt is about that one.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use shared::pages;
use shared::tutorial::Route;
use shared::{Receipt, Rules};

use crate::base_path::BasePath;
use crate::refusal::refusal;
use crate::relay::Relay;
use crate::rest;
use crate::tabs::Whom;

/// Paths of the relay beside REST and the tutorial's.
const OTHERS: [&str; 2] = ["/openapi.json", "/docs"];
const NODES_PREFIX: &str = "/nodes/";
/// The longest path that is compared and quoted, in characters.
const PATH_CHARS_MAX: usize = 80;
/// How alike a path must be to be named, of 1.
const ALIKE_MIN: f64 = 0.3;

/// Answers for a path that is not there. `user` is whom the user of the URL names, who is asked for every path then.
pub(crate) fn no_such_path(relay: &Relay, user: Option<&Whom>, method: &Method, path: &str) -> Response {
    refusal(StatusCode::NOT_FOUND, explain(relay, user, method, path).unwrap_or_else(|receipt| receipt))
}

/// What is there instead of a path.
///
/// # Errors
/// When its node or its room is not there.
fn explain(relay: &Relay, user: Option<&Whom>, method: &Method, path: &str) -> Result<Receipt, Receipt> {
    // As the client asked for it.
    let shown = shorten(&format!("{}{path}", relay.base_path));
    let near = |there: &There<'_>, rest: &str| {
        let expected = there.nearest(&relay.base_path, &shorten(rest));
        Receipt::new("path", expected, format!("{method} {shown}"))
    };
    if let Some(whom) = user {
        return Ok(near(&There::node("", whom.room(relay)?.rules()), path));
    }
    if let Some(rest) = path.strip_prefix(NODES_PREFIX).filter(|rest| !rest.is_empty()) {
        let id = rest.split('/').next().unwrap_or_default();
        let rules = Whom::by_id(relay, id)?.room(relay)?.rules();
        return Ok(near(&There::node(&format!("{NODES_PREFIX}{id}"), rules), &rest[id.len()..]));
    }
    if path.trim_end_matches('/') == NODES_PREFIX.trim_end_matches('/') {
        let room = format!("{}/api/v1/rooms/{}/nodes", relay.base_path, relay.root_room);
        let expected = format!("{}{NODES_PREFIX}ID, with the id of a node such as {room} lists", relay.base_path);
        return Ok(Receipt::new("path", expected, format!("{method} {shown}")));
    }
    if path == pages::ROOMS_PREFIX.trim_end_matches('/') {
        return Err(relay.unknown_room(""));
    }
    match pages::in_room(path) {
        (Some(name), _) => {
            let room = relay.room(name).ok_or_else(|| relay.unknown_room(name))?;
            let before = format!("{}{name}", pages::ROOMS_PREFIX);
            Ok(near(&There::node(&before, room.params().rules()), &path[before.len()..]))
        }
        (None, _) => {
            let rooms = relay.rooms().map(|room| &room.params().room);
            let rest = rooms.flat_map(rest::plain_paths).chain(OTHERS.map(str::to_owned)).collect();
            let rules = relay.root_room.rules();
            Ok(near(&There { others: rest, ..There::node("", rules) }, path))
        }
    }
}

/// The paths that are there below a prefix.
struct There<'a> {
    before: &'a str,
    rules: Rules,
    /// With the method before it, where that is not GET.
    others: Vec<String>,
}

impl<'a> There<'a> {
    /// The paths of a node.
    fn node(before: &'a str, rules: Rules) -> Self {
        Self { before, rules, others: Vec::new() }
    }

    /// What may have been meant: the likest of these paths.
    fn nearest(&self, base: &BasePath, rest: &str) -> String {
        let before = format!("{base}{}", self.before);
        let asked = rest.trim_matches('/').to_ascii_lowercase();
        let routes = Route::of_rules(self.rules).map(|route| (route.method(), route.path()));
        let others = self.others.iter().map(|other| other.split_once(' ').unwrap_or(("", other)));
        let alike = |known: &str| {
            let known = known.trim_start_matches('/');
            let holds = !asked.is_empty() && known.contains(&asked);
            strsim::normalized_damerau_levenshtein(known, &asked) + if holds { 1.0 } else { 0.0 }
        };
        let candidates = routes.chain(others).map(|(method, path)| (alike(path), method, path));
        match candidates.max_by(|(one, ..), (other, ..)| one.total_cmp(other)) {
            Some((alike, method, path)) if alike >= ALIKE_MIN => {
                let nearest = format!("{method} {before}{path}");
                format!("a path that is there; the nearest is {}", nearest.trim_start())
            }
            // Each with all that stands before it would be longer than a receipt's line.
            _ => {
                let paths = Route::of_rules(self.rules).map(Route::path).collect::<Vec<_>>().join(", ");
                let below = if before.is_empty() { String::new() } else { format!(" below {before}") };
                format!("one of {paths}{below}")
            }
        }
    }
}

/// A path as a receipt repeats it.
fn shorten(path: &str) -> String {
    match path.char_indices().nth(PATH_CHARS_MAX) {
        Some((end, _)) => format!("{}\u{2026}", &path[..end]),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use shared::RoomName;

    use super::*;

    #[test]
    fn the_nearest_path_is_named_below_the_same_room_or_node() {
        let main = RoomName::new("main").expect("a name");
        let check = |before: &str, rules: Rules, rest: &str, expected: &str| {
            let there = There {
                others: if before.is_empty() { rest::plain_paths(&main).collect() } else { Vec::new() },
                ..There::node(before, rules)
            };
            let expected = format!("a path that is there; the nearest is {expected}");
            assert_eq!(there.nearest(&BasePath::default(), rest), expected, "{before}{rest}");
        };
        for (rest, expected) in [
            ("/chain", "GET /get_chain"),
            ("/get_chain/", "GET /get_chain"),
            ("/getchain", "GET /get_chain"),
            ("/Get_Chain", "GET /get_chain"),
            ("/mine_blok", "GET /mine_block"),
            ("/transactions/new", "POST /add_transaction"),
            ("/add_transactions", "POST /add_transaction"),
            ("/connect_nodes", "POST /connect_node"),
            ("/replace", "GET /replace_chain"),
            ("/valid", "GET /is_valid"),
            ("/mine", "GET /mine_block"),
            ("/health", "/healthz"),
            ("/api/rooms", "/api/v1/rooms"),
            ("/api/v1/rooms/", "/api/v1/rooms"),
            ("/api/v1/Rooms/main", "/api/v1/rooms/main"),
            ("/api/v1/rooms/main/block", "/api/v1/rooms/main/blocks"),
            ("/api/v1/rooms/main/transaction", "POST /api/v1/rooms/main/transactions"),
        ] {
            check("", Rules::Sealed, rest, expected);
        }
        check("/rooms/classic", Rules::Classic, "/chain", "GET /rooms/classic/get_chain");
        check("/rooms/classic", Rules::Classic, "/mine", "GET /rooms/classic/mine_block");
        check("/rooms/classic", Rules::Classic, "/startover", "POST /rooms/classic/start_over");
        check("/nodes/00ab", Rules::Classic, "/drop", "POST /nodes/00ab/drop_transactions");
        check("/nodes/00ab", Rules::Sealed, "/drop_transactions", "POST /nodes/00ab/add_transaction");
        check("/nodes/00ab", Rules::Sealed, "/chain", "GET /nodes/00ab/get_chain");
    }

    #[test]
    fn a_path_that_is_like_none_gets_a_list_and_a_base_path_stands_before_each() {
        let there = There::node("", Rules::Sealed);
        let none = there.nearest(&"/coin".parse().expect("a base path"), "/zzzzzzzzzzzzzzzzzz");
        let all: Vec<&str> = Route::of_rules(Rules::Sealed).map(Route::path).collect();
        assert_eq!(none, format!("one of {} below /coin", all.join(", ")));
        assert!(!all.contains(&"/start_over") && all.contains(&"/disconnect_node"), "{all:?}");
    }

    #[test]
    fn a_long_path_is_cut_between_characters() {
        assert_eq!(shorten(&"\u{e9}".repeat(PATH_CHARS_MAX)), "\u{e9}".repeat(PATH_CHARS_MAX));
        let cut = shorten(&"\u{e9}".repeat(PATH_CHARS_MAX + 1));
        assert_eq!(cut, format!("{}\u{2026}", "\u{e9}".repeat(PATH_CHARS_MAX)));
    }
}
