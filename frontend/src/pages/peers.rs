//! The other nodes: who is here, on which tip, and how to follow them.

use yew::prelude::*;

use super::PageProps;
use crate::components::{
    AutoSync, Card, ClassicNodesCard, ConnectForm, Digits, Empty, Go, NewNode, PeerList, ReplaceCard, Row, SealMark,
    SyncBar, Whole, is_certain, others_online, relay,
};
use crate::node::view::RoleView;
use crate::route::Route;

/// The peers' page.
#[component]
pub fn Peers(props: &PageProps) -> Html {
    let view = &props.view;
    html! {
        <>
            <SyncBar view={view.clone()} />
            <div class="cards lead">
                <div class="stack">
                    <Nodes view={view.clone()} />
                    if view.classic.is_none() {
                        <Card title="Following the others">
                            <AutoSync
                                on={view.auto_sync}
                                hint="On: blocks of others are adopted as they arrive. Off: nothing arrives until Replace chain."
                            />
                            <dl class="rows"><Row label="Relay">{ relay(&view.link) }</Row></dl>
                            <ConnectForm />
                        </Card>
                    }
                </div>
                <div class="stack">
                    if let Some(classic) = &view.classic {
                        <ClassicNodesCard view={view.clone()} classic={classic.clone()} />
                    } else {
                        <ReplaceCard replace={view.replace.clone()} />
                    }
                    <ThisNode view={view.clone()} />
                </div>
            </div>
        </>
    }
}

/// Who is here. In a classic room nobody tells his tip, so none is shown.
#[component]
fn Nodes(props: &PageProps) -> Html {
    let view = &props.view;
    let others = others_online(view);
    let has_relay = view.peers.iter().any(|peer| peer.role == RoleView::Relay && peer.online);
    let aside = html! {
        <span class="soft">
            <span data-testid="peer-count">{ others }</span>
            { if others == 1 { " other node" } else { " other nodes" } }
            { if has_relay { " and the relay here" } else { " here" } }
        </span>
    };
    html! {
        <Card title="Nodes" {aside}>
            if view.peers.is_empty() {
                <Empty title="No other node yet">
                    { "Every tab is one. " }
                    <NewNode room={view.room.name.clone()} class="link" beside=true>{ "Open another tab" }</NewNode>
                    { ", here or on another computer." }
                </Empty>
            }
            <PeerList peers={view.peers.clone()} tips={view.classic.is_none()} />
        </Card>
    }
}

/// This tab's id, the addresses it is reached at, and its tip.
#[component]
fn ThisNode(props: &PageProps) -> Html {
    let view = &props.view;
    html! {
        <Card title="This tab" aside={html! { <bdi translate="no" class="strong">{ &view.identity.name }</bdi> }}>
            <dl class="facts close">
                <Row label="Node"><Whole text={view.identity.id.clone()} what="this node's id" testid="node-id" /></Row>
                { for view.identity.urls.iter().filter(|url| !url.contains('@') && is_certain(url)).map(|url| html! {
                    <Row key={url.clone()} label="Reached at"><Whole text={url.clone()} what="this node's address" /></Row>
                }) }
                if view.classic.is_none() {
                    <Row label="Tip"><Whole text={view.tip.hash.to_string()} what="the tip's hash" testid="tip-hash" /></Row>
                    <Row label="Height"><Digits text={view.tip.height.to_string()} testid="tip-height" /></Row>
                    <Row label="Seal"><SealMark seal={view.tip.seal.clone()} words=true /></Row>
                }
            </dl>
            <Go to={Route::Identities} class="link">{ "The identities of this browser" }</Go>
        </Card>
    }
}
