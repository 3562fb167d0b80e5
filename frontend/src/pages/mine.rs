//! The miner.

use yew::prelude::*;

use super::PageProps;
use crate::components::{
    Card, EffortCard, Empty, MinerCard, PaymentList, RoomShareCard, SearchCard, SyncBar, TemplateCard,
};
use crate::format;

/// The miner's page.
#[component]
pub fn Mine(props: &PageProps) -> Html {
    let view = &props.view;
    html! {
        <>
            <SyncBar view={view.clone()} />
            <MinerCard view={view.clone()} />
            <div class="cards two">
                <SearchCard view={view.clone()} />
                <RoomShareCard view={view.clone()} />
            </div>
            <EffortCard mining={view.mining.clone()} />
            <TemplateCard template={view.mining.template.clone()} tip={view.tip.clone()} />
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
