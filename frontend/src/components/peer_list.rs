//! The other nodes of the room.

use yew::prelude::*;

use super::ago::Ago;
use super::link::Go;
use super::seal::SealMark;
use crate::format;
use crate::node::view::{PeerView, RoleView};
use crate::route::Route;

/// Properties of [`PeerList`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct PeerListProps {
    /// The other nodes.
    pub peers: Vec<PeerView>,
    /// Whether their tips are shown.
    #[prop_or(true)]
    pub tips: bool,
}

/// One line a node: who, its tip, whether it agrees. Those that are here stand first.
#[component]
pub fn PeerList(props: &PeerListProps) -> Html {
    let (here, gone): (Vec<&PeerView>, Vec<&PeerView>) = props.peers.iter().partition(|peer| peer.online);
    html! {
        <ul class="entries peers">
            { for here.into_iter().chain(gone).map(|peer| html! { <Peer key={peer.id.clone()} peer={peer.clone()} tip={props.tips} /> }) }
        </ul>
    }
}

/// Properties of [`Peer`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct PeerProps {
    peer: PeerView,
    tip: bool,
}

#[component]
fn Peer(props: &PeerProps) -> Html {
    let peer = &props.peer;
    let (tone, standing) = match (peer.online, peer.agrees) {
        (false, _) => ("", "gone"),
        (true, _) if !props.tip => ("good", "here"),
        (true, true) => ("good", "agrees"),
        (true, false) => ("busy", "another tip"),
    };
    let tag = match peer.role {
        RoleView::Tab => Html::default(),
        RoleView::Relay => html! { <span class="tag">{ "the relay" }</span> },
        RoleView::Bridge => html! { <span class="tag">{ "a bridge" }</span> },
    };
    html! {
        <li class={classes!("entry", "peer", (!peer.online).then_some("gone"))}>
            <div class="peer-who">
                <p><bdi translate="no" class="strong">{ &peer.name }</bdi>{ tag }</p>
                <p class="soft">
                    <code translate="no" title={peer.id.clone()}>{ format::short(&peer.id) }</code>
                    if peer.role == RoleView::Bridge { { ", for a node of the tutorial" } }
                </p>
            </div>
            if props.tip {
                <Go to={Route::Block { hash: peer.tip.to_string() }} class="peer-tip" title={peer.tip.to_string()}>
                    <span class="strong">{ format!("#{}", format::number(peer.height)) }</span>
                    <SealMark seal={peer.seal.clone()} words=true />
                </Go>
            } else {
                <span></span>
            }
            <div class="peer-standing">
                <p><span class={classes!("dot", "still", tone)} aria-hidden="true"></span>{ standing }</p>
                <p class="soft">
                    if let Some(ms) = peer.latency_ms {
                        { format!("{ms} ms away") }
                    } else if peer.online {
                        { "through the relay" }
                    } else {
                        { "last seen " }<Ago ms={peer.seen_ms} sentence=true />
                    }
                </p>
            </div>
        </li>
    }
}
