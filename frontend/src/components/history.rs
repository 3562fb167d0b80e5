//! An address's history.

use yew::prelude::*;

use super::ago::Ago;
use super::icon::{Glyph, Icon};
use super::link::Go;
use crate::format;
use crate::node::view::{HistoryEntry, HistoryKind};
use crate::route::Route;

/// Properties of [`History`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct HistoryProps {
    /// Newest first.
    pub entries: Vec<HistoryEntry>,
}

/// One line for each time coins came or went.
#[component]
pub fn History(props: &HistoryProps) -> Html {
    html! {
        <ul class="entries">
            { for props.entries.iter().map(|entry| html! { <Line key={entry.id.to_string()} entry={entry.clone()} /> }) }
        </ul>
    }
}

/// Properties of [`Line`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct LineProps {
    entry: HistoryEntry,
}

#[component]
fn Line(props: &LineProps) -> Html {
    let entry = &props.entry;
    let (icon, tone, what) = match entry.kind {
        HistoryKind::Mined => (Icon::Mine, "coin", "Mined"),
        HistoryKind::Received => (Icon::In, "good", "Received"),
        HistoryKind::Sent => (Icon::Out, "plain", "Sent"),
        HistoryKind::ToSelf => (Icon::Swap, "plain", "To itself"),
    };
    html! {
        <li class="entry">
            <span class={classes!("event-icon", tone)} aria-hidden="true"><Glyph {icon} /></span>
            <div class="entry-what">
                <p>
                    <Go to={Route::Transaction { id: entry.id.to_string() }} class="link">{ what }</Go>
                    { other(entry) }
                </p>
                if !entry.memo.is_empty() {
                    <p class="soft memo"><bdi translate="no">{ &entry.memo }</bdi></p>
                }
            </div>
            <div class="entry-when">{ standing(entry) }</div>
            <div class="entry-amount">
                <p class={classes!("strong", (entry.kind == HistoryKind::Received).then_some("good"))}>{ amount(entry) }</p>
                if !entry.fee.is_zero() {
                    <p class="soft">{ format!("fee {}", format::coins(entry.fee)) }</p>
                }
            </div>
        </li>
    }
}

fn other(entry: &HistoryEntry) -> Html {
    let word = match entry.kind {
        HistoryKind::Received => " from ",
        HistoryKind::Sent => " to ",
        HistoryKind::Mined | HistoryKind::ToSelf => return Html::default(),
    };
    let to = Route::Address { address: entry.other.clone() };
    html! {
        <>{ word }<Go {to} class="link" title={entry.other.clone()}><code translate="no">{ format::short_address(&entry.other) }</code></Go></>
    }
}

fn amount(entry: &HistoryEntry) -> String {
    let sign = match entry.kind {
        HistoryKind::Mined | HistoryKind::Received => "+",
        HistoryKind::Sent => "−",
        HistoryKind::ToSelf => "",
    };
    format!("{sign}{}", format::coins(entry.amount))
}

/// Where it stands: waiting, or in which block, when, and how deep.
fn standing(entry: &HistoryEntry) -> Html {
    let Some(block) = &entry.block else {
        return html! { <p class="own">{ "Not yet in a block" }</p> };
    };
    let to = Route::Block { hash: block.hash.to_string() };
    html! {
        <>
            <p><Go {to} class="link">{ format!("Block {}", format::number(block.height)) }</Go>{ ", " }<Ago ms={block.timestamp_ms} sentence=true /></p>
            if entry.confirmations == 0 {
                <p class="own">{ "Not taken by anyone yet" }</p>
            } else {
                <p class="soft">{ format::count(entry.confirmations, "confirmation", "confirmations") }</p>
            }
        </>
    }
}
