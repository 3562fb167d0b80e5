//! The network at a glance.

use yew::prelude::*;

use super::auto_sync::AutoSync;
use super::card::{Card, Row};
use super::link::Go;
use super::replace_button::ReplaceButton;
use crate::format;
use crate::hooks::View;
use crate::node::view::{LinkView, NodeView, RoleView};
use crate::route::Route;

/// Properties of [`NetworkCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct NetworkCardProps {
    /// The node.
    pub view: View,
}

/// Who is here, the relay, auto-sync, and Replace chain.
#[component]
pub fn NetworkCard(props: &NetworkCardProps) -> Html {
    let view = &props.view;
    let others = others_online(view);
    html! {
        <Card title="Network">
            <p class="big">
                <span data-testid="peer-count">{ others }</span>
                { " " }<small>{ if others == 1 { "other node here" } else { "other nodes here" } }</small>
            </p>
            <dl class="rows">
                <Row label="Relay">{ relay(&view.link) }</Row>
                <Row label="Payments waiting for a block">
                    <span data-testid="mempool-size">{ view.mempool.count }</span>
                </Row>
            </dl>
            <AutoSync on={view.auto_sync} />
            <div class="actions">
                <ReplaceButton />
                <Go to={Route::Peers} class="btn quiet">{ "See peers" }</Go>
            </div>
        </Card>
    }
}

/// How many other tabs are here now; the relay, which is always there, is not counted.
pub fn others_online(view: &NodeView) -> usize {
    view.peers.iter().filter(|peer| peer.online && peer.role != RoleView::Relay).count()
}

/// How many other nodes are here, in words.
pub(super) fn others_here(others: usize) -> String {
    format!("{} here", format::count(others as u64, "other node", "other nodes"))
}

/// The link to the relay, in words.
pub fn relay(link: &LinkView) -> Html {
    match link {
        LinkView::Connecting { attempt: 0 | 1, .. } => html! { <span class="soft">{ "connecting" }</span> },
        LinkView::Connecting { attempt, .. } => {
            html! { <span class="soft">{ format!("connecting, try {}", format::number(u64::from(*attempt))) }</span> }
        }
        LinkView::Connected { latency_ms: Some(ms) } => {
            html! { <span class="good">{ format!("connected, {ms} ms") }</span> }
        }
        LinkView::Connected { latency_ms: None } => html! { <span class="good">{ "connected" }</span> },
        LinkView::Refused(receipt) => {
            html! { <span class="bad">{ "refused: " }<bdi translate="no">{ &receipt.rule }</bdi></span> }
        }
    }
}
