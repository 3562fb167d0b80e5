//! The block that is, or would be, mined next, in full.

use yew::prelude::*;

use super::card::{Card, Row};
use super::link::Go;
use super::seal::SealMark;
use super::value::{Digits, Whole};
use crate::format;
use crate::node::view::{TemplateView, TipView};
use crate::route::Route;

/// Properties of [`TemplateCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TemplateCardProps {
    /// The next block as it stands.
    pub template: TemplateView,
    /// The block it builds on.
    pub tip: TipView,
}

/// Height, parent, payments, reward, size, target.
#[component]
pub fn TemplateCard(props: &TemplateCardProps) -> Html {
    let template = &props.template;
    let previous = template.previous.to_string();
    html! {
        <Card title="The next block as it stands">
            <dl class="facts">
                <Row label="Height">{ format::number(template.height) }</Row>
                <Row label="Builds on">
                    <span class="parent">
                        <span>{ "#" }<Digits text={props.tip.height.to_string()} testid="tip-height" /></span>
                        <SealMark seal={props.tip.seal.clone()} words=true />
                        <Go to={Route::Block { hash: previous.clone() }} class="link" title={previous}>
                            <code translate="no">{ template.previous.short() }</code>
                        </Go>
                    </span>
                </Row>
                <Row label="Payments">{ format::number(u64::from(template.payments)) }</Row>
                <Row label="Brings its miner">
                    { format::coins_named(template.reward) }
                    if !template.fees.is_zero() {
                        <span class="soft">{ format!(", {} of them fees", format::coins(template.fees)) }</span>
                    }
                </Row>
                <Row label="Size">{ format::bytes(u64::from(template.bytes)) }</Row>
                <Row label="Hash at most"><Whole text={template.target.clone()} what="the target" /></Row>
            </dl>
        </Card>
    }
}
