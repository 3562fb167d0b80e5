//! Reading a room over REST, beyond the tutorial.

use super::Site;
use crate::node::view::RulesView;

/// Something to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What it is called.
    pub name: &'static str,
    /// What it gives, in a sentence.
    pub what: &'static str,
    /// Where it is.
    pub url: String,
    /// Whether it goes on for as long as one listens.
    pub is_stream: bool,
}

/// What can be read of the site's room.
pub fn beyond(site: &Site) -> Vec<Reading> {
    let room = format!("/api/v1/rooms/{}", site.room);
    let reading = |name, what, path: String| Reading {
        name,
        what,
        url: format!("{}{path}", site.base),
        is_stream: path.ends_with("/events"),
    };
    let mut readings = vec![
        reading("The room", "Its rules, its tip, how many nodes are here.", room.clone()),
        reading("Nodes", "Who is here, on which tip, and who was.", format!("{room}/nodes")),
    ];
    if site.rules == RulesView::Sealed {
        readings.extend([
            reading("Blocks", "The newest blocks; a cursor leads to older ones.", format!("{room}/blocks?limit=10")),
            reading(
                "This tab's address",
                "Balance and next sequence number.",
                format!("{room}/addresses/{}", site.address),
            ),
            reading("Payments that wait", "What the next block may hold.", format!("{room}/mempool")),
            reading("Events", "Blocks and payments as they come, for as long as you listen.", format!("{room}/events")),
        ]);
    }
    readings
}
