//! Which node this tab is, and the block it builds on.

use yew::prelude::*;

use super::card::{Card, Row};
use super::seal::SealMark;
use super::value::{Digits, Whole};
use crate::hooks::View;

/// Properties of [`TabCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TabCardProps {
    /// The node.
    pub view: View,
}

/// The tab's id and address, its tip and the work behind it.
#[component]
pub fn TabCard(props: &TabCardProps) -> Html {
    let view = &props.view;
    let aside = html! { <SealMark seal={view.tip.seal.clone()} words=true /> };
    html! {
        <Card title="This tab" {aside}>
            <dl class="facts">
                <Row label="Node"><Whole text={view.identity.id.clone()} what="this node's id" testid="node-id" /></Row>
                <Row label="Address">
                    <Whole text={view.identity.address.clone()} what="this tab's address" testid="address" />
                </Row>
                <Row label="Tip"><Whole text={view.tip.hash.to_string()} what="the tip's hash" testid="tip-hash" /></Row>
                <Row label="Height"><Digits text={view.tip.height.to_string()} testid="tip-height" /></Row>
                <Row label="Work"><Digits text={view.tip.work.clone()} />{ " tries expected" }</Row>
            </dl>
        </Card>
    }
}
