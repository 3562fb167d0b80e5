//! The seal of a hash: five cells and two words.

use yew::prelude::*;

use crate::node::view::SealView;

/// Properties of [`SealMark`] and [`SealBand`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SealProps {
    /// The seal.
    pub seal: SealView,
    /// Whether the words stand beside the cells.
    #[prop_or_default]
    pub words: bool,
}

/// A seal in a line of text. Without the words in sight, a screen reader still says them.
#[component]
pub fn SealMark(props: &SealProps) -> Html {
    let words = spoken(&props.seal);
    html! {
        <span class="seal" title={words.clone()}>
            <svg class="seal-cells" viewBox="0 0 58 16" aria-hidden="true" focusable="false">
                { for (0..5).map(|at| cell(&props.seal, at, at as u32 * 12, 10, 3)) }
            </svg>
            <span class={if props.words { "seal-words" } else { "unseen" }} translate="no">{ words }</span>
        </span>
    }
}

/// A seal along the top of a card.
#[component]
pub fn SealBand(props: &SealProps) -> Html {
    html! {
        <svg class="seal-band" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            { for (0..5).map(|at| cell(&props.seal, at, at as u32 * 20, 20, 0)) }
        </svg>
    }
}

/// The two words of a seal, as they are said: "ocean · tiger".
pub fn spoken(seal: &SealView) -> String {
    format!("{} · {}", seal.words[0], seal.words[1])
}

fn cell(seal: &SealView, at: usize, x: u32, width: u32, radius: u32) -> Html {
    let colour = format!("cell c{}", seal.cells[at].min(15));
    html! { <rect class={colour} x={x.to_string()} y="0" width={width.to_string()} height="16" rx={radius.to_string()} /> }
}
