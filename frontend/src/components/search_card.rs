//! How far this tab has come with the next block.

use yew::prelude::*;

use super::card::{Card, Row};
use super::luck_bar::{LuckBar, longer};
use crate::format;
use crate::hooks::View;

/// Properties of [`SearchCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SearchCardProps {
    /// The node.
    pub view: View,
}

/// Tries so far, of those that a block takes on average.
#[component]
pub fn SearchCard(props: &SearchCardProps) -> Html {
    let mining = &props.view.mining;
    let share = share(mining.attempts, mining.expected_attempts);
    html! {
        <Card title={format!("The search for block {}", format::number(mining.template.height))}>
            <p class="big">
                <span class="digits">{ format::per_cent(share) }</span>
                { " " }<small>{ "of an average search" }</small>
            </p>
            <LuckBar key={mining.template.height} {share} />
            <dl class="rows">
                <Row label="Tries by this tab, for this block">
                    <span data-testid="attempts">{ format::large(mining.attempts as f64) }</span>
                </Row>
                <Row label="Tries a block takes on average">{ format::large(mining.expected_attempts) }</Row>
                <Row label="Searches that take longer">{ longer(share) }</Row>
                <Row label="Block expected in">{ expected(mining.expected_ms) }</Row>
            </dl>
            <p class="hint">
                { "A try is one hash of the next block with another number in it; one that is small enough makes it a \
                   block. Each is a throw of dice, and dice have no memory: 100\u{a0}% is the average, not a promise." }
            </p>
        </Card>
    }
}

/// Tries so far as a share of the average.
pub(super) fn share(attempts: u64, expected: f64) -> f64 {
    if expected > 0.0 { attempts as f64 / expected } else { 0.0 }
}

/// The expected time to a block, in words.
pub(super) fn expected(ms: Option<u64>) -> String {
    match ms {
        None => "not mining".to_owned(),
        Some(0..1_000) => "less than 1 s".to_owned(),
        Some(ms) => format!("about {}", format::duration(ms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_goes_beyond_the_average_and_is_none_of_nothing() {
        assert_eq!(share(150, 100.0), 1.5);
        assert_eq!(share(150, 0.0), 0.0);
        assert_eq!(share(150, f64::NAN), 0.0);
    }

    #[test]
    fn the_time_to_a_block_is_told_roughly() {
        assert_eq!(expected(None), "not mining");
        assert_eq!(expected(Some(999)), "less than 1 s");
        assert_eq!(expected(Some(61_000)), "about 1 min");
    }
}
