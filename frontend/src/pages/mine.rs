//! The miner.

use yew::prelude::*;

use super::PageProps;
use crate::components::{Card, Digits, EffortCard, Empty, PaymentList, ProgressCard, SealMark, SyncBar, TemplateCard};
use crate::format;

/// The miner's page.
#[component]
pub fn Mine(props: &PageProps) -> Html {
    let view = &props.view;
    html! {
        <>
            <SyncBar view={view.clone()} />
            <div class="cards two">
                <ProgressCard view={view.clone()} />
                <Card title="The chain it builds on">
                    <p class="big">
                        <Digits text={view.tip.height.to_string()} testid="tip-height" />{ " " }<small>{ "is the tip's height" }</small>
                    </p>
                    <SealMark seal={view.tip.seal.clone()} words=true />
                </Card>
            </div>
            <EffortCard mining={view.mining.clone()} />
            <TemplateCard template={view.mining.template.clone()} />
            <Card title="Payments waiting for a block" aside={html! {
                <span class="soft">
                    { format!(
                        "{}, {}",
                        format::count(u64::from(view.mempool.count), "payment", "payments"),
                        format::bytes(view.mempool.bytes),
                    ) }
                </span>
            }}>
                if view.mempool.first.is_empty() {
                    <Empty title="None now">{ "The next block will hold its reward alone." }</Empty>
                }
                <PaymentList payments={view.mempool.first.clone()} />
            </Card>
        </>
    }
}
