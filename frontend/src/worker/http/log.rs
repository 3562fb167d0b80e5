//! The requests that came over HTTP, newest first, a bounded number of them. No token is ever in it.

use std::collections::VecDeque;

use shared::Timestamp;
use shared::exchange::Request;

use crate::node::view::{REQUESTS_SHOWN, RequestView};

/// The longest method, path and agent that are shown, in characters.
const METHOD_CHARS_MAX: usize = 16;
const PATH_CHARS_MAX: usize = 160;
const AGENT_CHARS_MAX: usize = 80;

/// The log.
#[derive(Clone, Debug, Default)]
pub struct RequestLog {
    lines: VecDeque<RequestView>,
    arrived: u64,
    answered: u64,
}

impl RequestLog {
    /// Notes a request; returns the number of its line.
    pub fn arrived(&mut self, request: &Request, at: Timestamp) -> u64 {
        let mut path = cut(&request.path, PATH_CHARS_MAX);
        if !request.query.is_empty() {
            path = cut(&format!("{path}?{}", request.query), PATH_CHARS_MAX);
        }
        let number = self.arrived;
        self.arrived += 1;
        self.lines.push_front(RequestView {
            number,
            at_ms: at.as_ms(),
            method: cut(&request.method, METHOD_CHARS_MAX),
            path,
            agent: request.agent.as_deref().map(|agent| cut(agent, AGENT_CHARS_MAX)),
            status: None,
            took_ms: None,
        });
        self.lines.truncate(REQUESTS_SHOWN);
        number
    }

    /// Notes the answer to a request. One whose line is gone is counted all the same.
    pub fn answered(&mut self, number: u64, status: u16, at: Timestamp) {
        self.answered += 1;
        // The newest line is the first, and numbers count up by one.
        let Some(newest) = self.lines.front().map(|line| line.number) else { return };
        let line = newest.checked_sub(number).and_then(|place| self.lines.get_mut(place as usize));
        if let Some(line) = line {
            line.status = Some(status);
            line.took_ms = Some(at.as_ms().saturating_sub(line.at_ms).min(u64::from(u32::MAX)) as u32);
        }
    }

    /// How many requests were answered.
    pub fn handled(&self) -> u64 {
        self.answered
    }

    /// The lines that a snapshot carries.
    pub fn shown(&self) -> Vec<RequestView> {
        self.lines.iter().cloned().collect()
    }
}

/// The first characters of a text that others wrote, without those that draw nothing or turn the reading direction.
fn cut(text: &str, chars_max: usize) -> String {
    let turns =
        |letter: &char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let drawn = text.chars().filter(|letter| !letter.is_control() && !turns(letter));
    drawn.take(chars_max).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn request(number: u64, method: &str, path: &str) -> Request {
        Request {
            number,
            method: method.to_owned(),
            path: path.to_owned(),
            query: String::new(),
            content_type: None,
            body: String::new(),
            token: Some("secret".to_owned()),
            agent: Some("curl/8".to_owned()),
            is_foreign: false,
            within_ms: 10_000,
        }
    }

    #[test]
    fn lines_are_newest_first_bounded_and_say_what_came_of_them() {
        let mut log = RequestLog::default();
        let at = Timestamp::from_ms;
        for number in 0..REQUESTS_SHOWN as u64 + 5 {
            assert_eq!(log.arrived(&request(900 + number, "GET", "/is_valid"), at(number)), number);
        }
        log.answered(3, 200, at(500));
        log.answered(7, 504, at(507));
        let shown = log.shown();
        assert_eq!((shown.len(), shown[0].number, log.handled()), (REQUESTS_SHOWN, REQUESTS_SHOWN as u64 + 4, 2));
        let line = shown.iter().find(|line| line.number == 7).expect("one of the last hundred");
        assert_eq!((line.status, line.took_ms), (Some(504), Some(500)));
        assert!(shown.iter().filter(|line| line.number != 7).all(|line| line.status.is_none()));
    }

    #[test]
    fn what_others_wrote_is_cut_and_their_token_is_not_kept() {
        let mut log = RequestLog::default();
        let long = Request {
            query: "q".repeat(500),
            agent: Some(format!("\u{202e}{}\n", "a".repeat(500))),
            ..request(1, &"M".repeat(99), "/get_chain")
        };
        log.arrived(&long, Timestamp::from_ms(1));
        let line = &log.shown()[0];
        assert_eq!((line.method.len(), line.path.len()), (METHOD_CHARS_MAX, PATH_CHARS_MAX));
        assert_eq!(line.agent.as_deref(), Some("a".repeat(AGENT_CHARS_MAX).as_str()));
        assert!(!format!("{log:?}").contains("secret"));
    }
}
