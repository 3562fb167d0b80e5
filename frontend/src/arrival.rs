//! Where an address leads when the app is opened with it: to a page of a room, or nowhere. Nothing is started for an
//! address that leads nowhere, above all no node.

use yew_router::Routable;

use crate::room;
use crate::route::Route;

/// Where the app was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// At a page of a room whose name can be one.
    Page,
    /// Where a room should be, under a name that no room can have, as it stands in the address.
    NoRoom(String),
    /// In a room that can be, at a page that there is not.
    NoPage,
}

/// Where a path leads, below the path of the app.
pub fn at(path: &str, base: &str) -> Arrival {
    let path = path.strip_prefix(base).unwrap_or(path);
    let (rest, is_room) = match path.strip_prefix(room::PREFIX) {
        Some(rest) => (rest, true),
        None => (path, path == room::PREFIX.trim_end_matches('/')),
    };
    let page = if is_room {
        let (name, page) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if room::of_path(path, "").is_none() {
            return Arrival::NoRoom(if path.starts_with(room::PREFIX) { name.to_owned() } else { String::new() });
        }
        page
    } else {
        rest
    };
    match Route::recognize(if page.is_empty() { "/" } else { page }) {
        None | Some(Route::Nowhere) => Arrival::NoPage,
        Some(_) => Arrival::Page,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_a_page_leads_to_one() {
        for path in
            ["/", "/wallet", "/wallet/", "/blocks/3", "/rooms/classic", "/rooms/classic/", "/rooms/none-such/mine"]
        {
            assert_eq!(at(path, ""), Arrival::Page, "{path}");
            assert_eq!(at(&format!("/coin{path}"), "/coin"), Arrival::Page, "{path}");
        }
        for path in ["/walet", "/wallet/x", "/rooms/classic/walet", "/404", "/room/classic"] {
            assert_eq!(at(path, ""), Arrival::NoPage, "{path}");
        }
        for (path, name) in [
            ("/rooms/Classic/", "Classic"),
            ("/rooms/Classic/wallet", "Classic"),
            ("/rooms/No%20Such", "No%20Such"),
            ("/rooms/", ""),
            ("/rooms", ""),
        ] {
            assert_eq!(at(path, ""), Arrival::NoRoom(name.to_owned()), "{path}");
        }
    }
}
