//! What just happened: the node's events as lines for a person, newest first, a bounded number of them.

use std::collections::VecDeque;

use shared::Timestamp;

use crate::node::view::{EVENTS_SHOWN, EventKind, EventView};

/// The lines, newest first.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    lines: VecDeque<EventView>,
    noted: u64,
}

impl Feed {
    /// Notes that something happened.
    pub fn note(&mut self, at: Timestamp, kind: EventKind) {
        self.lines.push_front(EventView { number: self.noted, at_ms: at.as_ms(), kind });
        self.noted += 1;
        self.lines.truncate(EVENTS_SHOWN);
    }

    /// Forgets all lines.
    pub fn clear(&mut self) {
        self.lines.clear();
    }

    /// The lines that a snapshot carries.
    pub fn shown(&self) -> Vec<EventView> {
        self.lines.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_line_is_first_and_the_oldest_are_forgotten() {
        let mut feed = Feed::default();
        for at in 0..EVENTS_SHOWN as u64 + 5 {
            feed.note(Timestamp::from_ms(at), EventKind::Connected);
        }
        let shown = feed.shown();
        assert_eq!(shown.len(), EVENTS_SHOWN);
        assert_eq!(shown[0].number, EVENTS_SHOWN as u64 + 4);
        feed.clear();
        feed.note(Timestamp::from_ms(0), EventKind::Disconnected);
        assert_eq!(feed.shown()[0].number, EVENTS_SHOWN as u64 + 5, "numbers are never used twice");
    }
}
