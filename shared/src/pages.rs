//! The app's pages by their paths: one list for the app, whose routes they are, and for relays, which serve the app there
//! and nowhere else.

/// Every page of a room's app. `:x` stands for one segment.
pub const PAGES: [&str; 12] = [
    "/",
    "/wallet",
    "/mine",
    "/blocks",
    "/blocks/:hash",
    "/transactions/:id",
    "/addresses/:address",
    "/peers",
    "/lessons",
    "/lessons/break-the-coin",
    "/developers",
    "/identities",
];
/// What stands before the name of a room other than `main` in the paths of its app.
pub const ROOMS_PREFIX: &str = "/rooms/";

/// A path as the app reads it: the room that it names, and the rest.
pub fn in_room(path: &str) -> (Option<&str>, &str) {
    match path.strip_prefix(ROOMS_PREFIX) {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            (Some(&rest[..end]), if end == rest.len() { "/" } else { &rest[end..] })
        }
        None => (None, path),
    }
}

/// Whether a path, without a room's prefix, is a page's. A slash at the end changes nothing.
pub fn is_page(path: &str) -> bool {
    let segments =
        |path: &'_ str| path.strip_suffix('/').unwrap_or(path).split('/').map(str::to_owned).collect::<Vec<_>>();
    let asked = segments(path);
    let fits =
        |(pattern, asked): (&String, &String)| pattern == asked || (pattern.starts_with(':') && !asked.is_empty());
    PAGES.iter().map(|page| segments(page)).any(|page| page.len() == asked.len() && page.iter().zip(&asked).all(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_with_and_without_a_slash_at_its_end_and_nothing_else_is_one() {
        for page in ["/", "/wallet", "/wallet/", "/blocks/00ab", "/lessons/break-the-coin", "/addresses/tab1x/"] {
            assert!(is_page(page), "{page}");
        }
        for path in
            ["/chain", "/get_chain/", "/wallet/x", "/Wallet", "/blocks//", "//wallet", "/lessons/other", "wallet"]
        {
            assert!(!is_page(path), "{path}");
        }
    }

    #[test]
    fn a_room_stands_before_its_pages() {
        for (path, expect) in [
            ("/", (None, "/")),
            ("/wallet", (None, "/wallet")),
            ("/rooms/classic", (Some("classic"), "/")),
            ("/rooms/classic/", (Some("classic"), "/")),
            ("/rooms/classic/peers", (Some("classic"), "/peers")),
            ("/rooms/", (Some(""), "/")),
        ] {
            assert_eq!(in_room(path), expect, "{path}");
        }
    }
}
