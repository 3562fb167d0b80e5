//! How much a card is given at a time, and whether a lost one is asked for again. Pure; times are handed in.

/// How long one dispatch should take. A card that draws the desktop draws nothing meanwhile; and as two dispatches are on
/// their way, a stopped search ends within twice this.
pub const DISPATCH_MS: f64 = 9.0;
/// Attempts of the very first dispatch: a few milliseconds even where the card is a program.
const FIRST: f64 = 32_768.0;
/// The most attempts of a dispatch, several times what the fastest cards make in [`DISPATCH_MS`].
const MOST: f64 = 4e9;
/// A card that worked for this long may be lost once more.
const STEADY_MS: f64 = 60_000.0;

/// Fits dispatches to the card, so that one takes about [`DISPATCH_MS`].
#[derive(Clone, Copy, Debug)]
pub struct Dispatches {
    attempts: f64,
    /// When the last one ended.
    ended_ms: f64,
}

impl Default for Dispatches {
    fn default() -> Self {
        Self { attempts: FIRST, ended_ms: f64::NEG_INFINITY }
    }
}

impl Dispatches {
    /// Attempts of the next dispatch.
    pub fn next(&self) -> u64 {
        self.attempts as u64
    }

    /// Learns from a dispatch: how many attempts it made, when it was handed over and when its outcome came. Returns for
    /// how long the card worked at it, which began when the one before had ended.
    pub fn took(&mut self, attempts: u64, handed_over_ms: f64, ended_ms: f64) -> f64 {
        let took = ended_ms - handed_over_ms.max(self.ended_ms);
        self.ended_ms = ended_ms;
        // One may have waited for the event loop and not for the card, so at most double, at most quarter.
        let wanted = attempts as f64 * DISPATCH_MS / took.max(0.1);
        self.attempts = wanted.clamp(self.attempts / 4.0, self.attempts * 2.0).clamp(64.0, MOST);
        took
    }
}

/// Decides whether a lost card is asked for again: once, and once more for each that worked for a while. A card that is
/// lost again and again is harmed more than helped.
#[derive(Clone, Copy, Debug, Default)]
pub struct Losses {
    is_forgiven: bool,
}

impl Losses {
    /// Notes the loss of a card that was open this long. Says whether to ask again.
    pub fn may_ask_again(&mut self, open_ms: f64) -> bool {
        let may = !self.is_forgiven || open_ms >= STEADY_MS;
        self.is_forgiven = true;
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps two dispatches on their way to a card of this speed, and returns how long the later ones take it.
    fn settle(attempts_a_ms: f64) -> f64 {
        let mut dispatches = Dispatches::default();
        let (mut now, mut took) = (0.0, 0.0);
        let mut on_their_way = std::collections::VecDeque::new();
        for _ in 0..60 {
            while on_their_way.len() < 2 {
                on_their_way.push_back((dispatches.next(), now));
            }
            let (attempts, handed_over) = on_their_way.pop_front().expect("two are");
            now += attempts as f64 / attempts_a_ms;
            took = dispatches.took(attempts, handed_over, now);
        }
        took
    }

    #[test]
    fn dispatches_come_to_take_the_time_they_should() {
        for attempts_a_ms in [300.0, 8_000.0, 2_000_000.0, 30_000_000.0] {
            let took = settle(attempts_a_ms);
            assert!((took - DISPATCH_MS).abs() < 0.5, "{attempts_a_ms}: {took}");
        }
    }

    #[test]
    fn a_dispatch_that_waited_for_another_took_only_its_own_time() {
        let mut dispatches = Dispatches::default();
        assert_eq!(dispatches.took(100, 0.0, 10.0), 10.0);
        assert_eq!(dispatches.took(100, 0.0, 25.0), 15.0);
        assert_eq!(dispatches.took(100, 40.0, 50.0), 10.0, "the card was idle in between");
    }

    #[test]
    fn a_clock_that_stands_still_does_not_make_a_dispatch_endless() {
        let mut dispatches = Dispatches::default();
        for _ in 0..100 {
            dispatches.took(dispatches.next(), 0.0, 0.0);
        }
        assert!(dispatches.next() <= 4_000_000_000);
    }

    #[test]
    fn a_lost_card_is_asked_for_again_once_unless_it_worked_for_a_while() {
        let mut losses = Losses::default();
        assert!(losses.may_ask_again(10.0));
        assert!(!losses.may_ask_again(STEADY_MS - 1.0));
        assert!(losses.may_ask_again(STEADY_MS));
        assert!(!losses.may_ask_again(10.0));
    }
}
