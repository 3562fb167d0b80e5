//! How far a search has come that has no end of its own.
//!
//! Tries are throws of dice: there is always a chance that it takes longer. So the bar is no straight line to 100 per
//! cent. It is filled to the share of searches that are over after so many tries; the average stands at 63 of 100, and
//! the end is never reached. What goes beyond the average still moves it.

use yew::prelude::*;

use crate::format;

/// The tries that the ruler below the bar names, as shares of the average.
const MARKS: [f64; 4] = [0.25, 0.5, 1.0, 2.0];

/// Properties of [`LuckBar`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct LuckBarProps {
    /// The tries so far, as a share of those that a search takes on average.
    pub share: f64,
}

/// The bar and its ruler.
#[component]
pub fn LuckBar(props: &LuckBarProps) -> Html {
    let over = over_by(props.share) * 100.0;
    html! {
        <div class="luck">
            <svg
                class="luck-bar" viewBox="0 0 100 10" preserveAspectRatio="none" focusable="false"
                role="progressbar" aria-label="Tries for this block, of those that a block takes on average"
                aria-valuemin="0" aria-valuemax="100" aria-valuenow={format!("{over:.0}")}
                aria-valuetext={format!("{} of the average", format::per_cent(props.share))}
            >
                <rect class="luck-fill" width={format!("{over:.2}")} height="10" />
                { for MARKS.iter().map(|share| html! {
                    <path class="luck-mark" d={format!("M{:.2} 0V10", over_by(*share) * 100.0)} />
                }) }
            </svg>
            <svg class="luck-ruler" aria-hidden="true" focusable="false">
                { for MARKS.iter().map(|share| html! {
                    <text class={(*share == 1.0).then_some("average")} x={format!("{:.2}%", over_by(*share) * 100.0)} y="12">
                        { format::per_cent(*share) }
                    </text>
                }) }
            </svg>
        </div>
    }
}

/// The share of searches that are over after so many tries, both as shares: the tries of the average, the searches of
/// all. The time to the first hit of many rare ones is distributed exponentially.
pub(super) fn over_by(share: f64) -> f64 {
    if share.is_nan() { 0.0 } else { 1.0 - (-share.max(0.0)).exp() }
}

/// How many of 100 searches take longer than this one so far.
pub(super) fn longer(share: f64) -> String {
    match ((1.0 - over_by(share)) * 100.0).round() as u32 {
        100.. => "nearly all".to_owned(),
        0 => "fewer than 1 in 100".to_owned(),
        many => format!("{many} in 100"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_fills_63_of_100_and_no_search_fills_it_all() {
        assert_eq!(over_by(0.0), 0.0);
        assert!((over_by(1.0) - 0.632).abs() < 0.001);
        assert!(over_by(2.0) > over_by(1.0) && over_by(10.0) < 1.0);
    }

    #[test]
    fn half_of_all_searches_are_over_after_69_per_cent_of_the_average() {
        assert!((over_by(2f64.ln()) - 0.5).abs() < 1e-9);
        assert_eq!(longer(2f64.ln()), "50 in 100");
    }

    #[test]
    fn luck_is_told_at_both_ends() {
        assert_eq!(longer(0.0), "nearly all");
        assert_eq!(longer(4.6), "1 in 100");
        assert_eq!(longer(9.0), "fewer than 1 in 100");
    }

    #[test]
    fn what_is_no_share_is_no_progress() {
        assert_eq!(over_by(f64::NAN), 0.0);
        assert_eq!(over_by(-1.0), 0.0);
        assert_eq!(over_by(f64::INFINITY), 1.0);
    }
}
