//! Replace chain and its report.

use yew::prelude::*;

use super::ago::Ago;
use super::card::Card;
use super::meter::Meter;
use super::receipt::ReceiptTable;
use super::replace_button::ReplaceButton;
use crate::format;
use crate::node::view::{ReplaceView, Verdict, VerdictView};

/// Properties of [`ReplaceCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ReplaceCardProps {
    /// Never pressed, running, or its report.
    pub replace: ReplaceView,
}

/// The button, how far it has come, and one verdict for each node that was asked.
#[component]
pub fn ReplaceCard(props: &ReplaceCardProps) -> Html {
    html! {
        <Card title="Replace this tab's chain">
            <p class="soft">{ "Asks every node for its chain and adopts the one with the most work, if that is more than this tab's." }</p>
            <div class="actions start"><ReplaceButton main=true /></div>
            <div class="report" aria-live="polite">{ report(&props.replace) }</div>
        </Card>
    }
}

fn report(replace: &ReplaceView) -> Html {
    match replace {
        ReplaceView::Idle => html! { <p class="hint">{ "What each node answered will stand here." }</p> },
        ReplaceView::Running { asked, answered } => html! {
            <>
                <p>{ format!("Asked {}, {answered} done.", format::count(u64::from(*asked), "node", "nodes")) }</p>
                <Meter label="Nodes done with" percent={format::share(u64::from(*answered), f64::from(*asked))} />
            </>
        },
        ReplaceView::Finished { at_ms, replaced, height, verdicts } => html! {
            <>
                <p>
                    <span class={if *replaced { "good strong" } else { "strong" }}>
                        { if *replaced { "Replaced." } else { "Kept this tab's chain." } }
                    </span>
                    { format!(" The tip's height is {}. ", format::number(*height)) }
                    <span class="faint"><Ago ms={*at_ms} sentence=true /></span>
                </p>
                if verdicts.is_empty() {
                    <p class="soft">{ "There was no other node to ask." }</p>
                }
                <ul class="verdicts">{ for verdicts.iter().map(line) }</ul>
            </>
        },
    }
}

fn line(verdict: &VerdictView) -> Html {
    html! {
        <li class="verdict" key={verdict.id.clone()}>
            <span>
                <bdi translate="no" class="strong">{ &verdict.name }</bdi>{ " " }
                <code translate="no" class="faint" title={verdict.id.clone()}>{ format::short(&verdict.id) }</code>
                <span class="soft">{ format!(" #{}", format::number(verdict.height)) }</span>
            </span>
            { said(&verdict.verdict) }
        </li>
    }
}

fn said(verdict: &Verdict) -> Html {
    match verdict {
        Verdict::Adopted => html! { <span class="good strong">{ "adopted: the most work" }</span> },
        Verdict::SameTip => html! { <span class="good">{ "the same chain" }</span> },
        Verdict::LessWork { theirs, ours } => html! {
            <span class="soft">{ format!("less work: {} against {}", format::groups(theirs), format::groups(ours)) }</span>
        },
        Verdict::EqualWork => {
            html! { <span class="soft">{ "another chain of equal work: the first seen stays" }</span> }
        }
        Verdict::Refused(receipt) => html! {
            <><span class="bad">{ "refused" }</span><ReceiptTable receipt={receipt.clone()} /></>
        },
        Verdict::NoAnswer => html! { <span class="soft">{ "no answer in time" }</span> },
    }
}
