//! Rooms in the address bar: the app of `main` stands at `/`, the app of another room under `/rooms/NAME/`, each below
//! the path under which a proxy serves the relay.
//!
//! A tab is a node of one room for as long as its page lives, so the room is read from the address once. Links between
//! rooms open another tab.

use shared::RoomName;

use crate::base;
use crate::node::view::RulesView;

/// The room whose app stands at `/`.
pub const MAIN: &str = "main";
/// The room of the tutorial's chain.
pub const CLASSIC: &str = "classic";

/// What stands before a room's name in a path.
pub const PREFIX: &str = "/rooms/";

/// The room that a path names; `None` where it names none, which is [`MAIN`].
pub fn of_path(path: &str, base: &str) -> Option<RoomName> {
    let rest = path.strip_prefix(base)?.strip_prefix(PREFIX)?;
    RoomName::new(rest.split('/').next().unwrap_or_default()).ok()
}

/// The address of a room's app, with the slash at its end.
pub fn home(room: &str) -> String {
    home_under(&base::path(), room)
}

fn home_under(base: &str, room: &str) -> String {
    if room == MAIN { format!("{base}/") } else { format!("{base}{PREFIX}{room}/") }
}

/// The address at which a room's app makes a new node: at once with the word that it gave out, else after a question.
pub fn new_node(room: &str, word: Option<&str>) -> String {
    new_node_at(&home(room), word)
}

fn new_node_at(home: &str, word: Option<&str>) -> String {
    format!("{home}?new={}", word.unwrap_or_default())
}

/// The rules that a room's name stands for: `classic` and `classic-…` follow the tutorial's.
pub fn rules(room: &str) -> RulesView {
    let rest = room.strip_prefix(CLASSIC);
    let is_classic = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    if is_classic { RulesView::Classic } else { RulesView::Sealed }
}

/// The room that this page was opened for, by its address.
pub fn here() -> String {
    named_here().map_or_else(|| MAIN.to_owned(), String::from)
}

/// The rules of the room that this page was opened for, by its name; its node knows them once it runs.
pub fn rules_here() -> RulesView {
    rules(&here())
}

/// What stands before every place of the room that this page was opened for, where anything does.
pub fn base_here() -> Option<String> {
    let base = base::path();
    let named = named_here().map(|room| format!("{base}{PREFIX}{room}"));
    named.or_else(|| Some(base).filter(|base| !base.is_empty()))
}

/// The room that this page's address names.
pub fn named_here() -> Option<RoomName> {
    of_path(&web_sys::window()?.location().pathname().ok()?, &base::path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_under_rooms_names_its_room_and_any_other_names_none() {
        for (path, room) in [
            ("/rooms/classic/", Some("classic")),
            ("/rooms/classic", Some("classic")),
            ("/rooms/classic-7b/lessons/break-the-coin", Some("classic-7b")),
            ("/rooms/main/wallet", Some("main")),
            ("/", None),
            ("/wallet", None),
            ("/rooms/", None),
            ("/rooms/No%20Such/", None),
        ] {
            for base in ["", "/coin"] {
                let path = format!("{base}{path}");
                assert_eq!(of_path(&path, base).map(|name| name.to_string()).as_deref(), room, "{path}");
            }
        }
    }

    #[test]
    fn the_name_tells_the_rules() {
        for name in ["classic", "classic-7b"] {
            assert_eq!(rules(name), RulesView::Classic, "{name}");
        }
        for name in ["main", "classical", "my-classic"] {
            assert_eq!(rules(name), RulesView::Sealed, "{name}");
        }
    }

    #[test]
    fn a_rooms_home_leads_back_to_it() {
        assert_eq!(home_under("", MAIN), "/");
        assert_eq!(home_under("", CLASSIC), "/rooms/classic/");
        assert_eq!(home_under("/coin", MAIN), "/coin/");
        assert_eq!(new_node_at("/coin/", Some("word")), "/coin/?new=word");
        assert_eq!(new_node_at("/rooms/classic/", None), "/rooms/classic/?new=");
        assert_eq!(home_under("/coin", CLASSIC), "/coin/rooms/classic/");
        for base in ["", "/coin"] {
            assert_eq!(of_path(&home_under(base, CLASSIC), base).map(String::from).as_deref(), Some(CLASSIC));
        }
    }
}
