//! One line of what just happened.

use shared::{Amount, Receipt, TransactionId};
use yew::prelude::*;

use super::ago::Ago;
use super::icon::{Glyph, Icon};
use super::link::Go;
use super::receipt::ReceiptTable;
use crate::format;
use crate::node::view::{BlockRef, EventKind, EventView};
use crate::route::Route;

/// Properties of [`EventLine`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct EventLineProps {
    /// What happened.
    pub event: EventView,
}

/// What happened, in a sentence, with the receipt where something was refused.
#[component]
pub fn EventLine(props: &EventLineProps) -> Html {
    let (tone, icon) = mark(&props.event.kind);
    html! {
        <li class="event">
            <span class={classes!("event-icon", tone)} aria-hidden="true"><Glyph {icon} /></span>
            <div class="event-text">
                <p>{ sentence(&props.event.kind) }</p>
                if let Some(receipt) = receipt(&props.event.kind) {
                    <ReceiptTable receipt={receipt.clone()} />
                }
            </div>
            <span class="event-time"><Ago ms={props.event.at_ms} /></span>
        </li>
    }
}

fn mark(kind: &EventKind) -> (&'static str, Icon) {
    match kind {
        EventKind::Mined { .. } => ("coin", Icon::Mine),
        EventKind::Adopted { .. } => ("plain", Icon::Blocks),
        EventKind::Reorganised { .. } => ("plain", Icon::Swap),
        EventKind::Received { .. } => ("good", Icon::In),
        EventKind::Sent { .. } => ("plain", Icon::Out),
        EventKind::Confirmed { .. } => ("good", Icon::Done),
        EventKind::Returned { .. } => ("plain", Icon::Swap),
        EventKind::Dropped { .. } | EventKind::Refused { .. } | EventKind::Waits { .. } => ("bad", Icon::Refused),
        EventKind::Joined { .. } => ("plain", Icon::Joined),
        EventKind::Left { .. } | EventKind::Disconnected => ("plain", Icon::Close),
        EventKind::Connected => ("good", Icon::Peers),
    }
}

fn receipt(kind: &EventKind) -> Option<&Receipt> {
    match kind {
        EventKind::Dropped { receipt, .. } | EventKind::Refused { receipt, .. } | EventKind::Waits { receipt, .. } => {
            Some(receipt)
        }
        _ => None,
    }
}

fn sentence(kind: &EventKind) -> Html {
    match kind {
        EventKind::Mined { block, reward, fees, taken } => html! {
            <>{ "You mined " }{ block_link(block) }{ ": " }{ format::coins_named(*reward) }
            if !fees.is_zero() { { format!(" and {} in fees", format::coins(*fees)) } }
            { if *taken { "." } else { ". No other node has taken it yet." } }</>
        },
        EventKind::Adopted { tip, blocks, from } => html! {
            <>{ "Adopted " }{ blocks_named(*blocks) }
            if let Some(from) = from { { " from " }{ name(from) } }{ ", up to " }{ block_link(tip) }{ "." }</>
        },
        EventKind::Reorganised { tip, left, adopted, returned } => html! {
            <>{ "A chain with more work won: left " }{ blocks_named(*left) }{ ", adopted " }{ blocks_named(*adopted) }
            { ", up to " }{ block_link(tip) }{ "." }
            if *returned > 0 {
                { format!(" {}.", format::count(*returned, "payment waits again", "payments wait again")) }
            }</>
        },
        EventKind::Received { id, amount, from, block } => html! {
            <>{ payment_link(id, *amount) }{ " arrived from " }{ address_link(from) }{ ", in " }{ block_link(block) }{ "." }</>
        },
        EventKind::Sent { id, amount, to } => html! {
            <>{ "You sent " }{ payment_link(id, *amount) }{ " to " }{ address_link(to) }{ ". It waits for a block." }</>
        },
        EventKind::Confirmed { id, amount, block } => html! {
            <>{ "Your payment of " }{ payment_link(id, *amount) }{ " is in " }{ block_link(block) }{ "." }</>
        },
        EventKind::Returned { id, amount } => html! {
            <>{ "The payment of " }{ payment_link(id, *amount) }{ " waits again: its block was left behind." }</>
        },
        EventKind::Dropped { id, .. } => html! {
            <>{ "Your payment " }{ transaction_link(id, id.short()) }{ " can no longer be made." }</>
        },
        EventKind::Refused { what, .. } => html! { <><bdi translate="no">{ what }</bdi>{ " was refused." }</> },
        EventKind::Waits { what, .. } => html! { <><bdi translate="no">{ what }</bdi>{ " waits for its time." }</> },
        EventKind::Joined { name: who, id } => html! { <>{ name(who) }{ " " }{ node_id(id) }{ " came." }</> },
        EventKind::Left { name: who, id } => html! { <>{ name(who) }{ " " }{ node_id(id) }{ " went." }</> },
        EventKind::Connected => html! { { "Connected to the relay." } },
        EventKind::Disconnected => html! { { "The relay is out of reach. This tab goes on alone and tries again." } },
    }
}

fn name(name: &str) -> Html {
    html! { <bdi translate="no" class="strong">{ name.to_owned() }</bdi> }
}

fn node_id(id: &str) -> Html {
    html! { <code translate="no" class="faint" title={id.to_owned()}>{ format::short(id) }</code> }
}

fn block_link(block: &BlockRef) -> Html {
    let to = Route::Block { hash: block.hash.to_string() };
    html! { <Go {to} class="link">{ format!("block {}", format::number(block.height)) }</Go> }
}

fn payment_link(id: &TransactionId, amount: Amount) -> Html {
    transaction_link(id, format::coins_named(amount))
}

fn transaction_link(id: &TransactionId, text: String) -> Html {
    let to = Route::Transaction { id: id.to_string() };
    html! { <Go {to} class="link">{ text }</Go> }
}

fn address_link(address: &str) -> Html {
    let to = Route::Address { address: address.to_owned() };
    html! { <Go {to} class="link" title={address.to_owned()}><code translate="no">{ format::short_address(address) }</code></Go> }
}

fn blocks_named(count: u64) -> String {
    format::count(count, "block", "blocks")
}
