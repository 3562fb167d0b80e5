//! The chain: a strip, a search, a list, a file.

use yew::prelude::*;

use super::PageProps;
use crate::components::{
    BlockPager, Card, ChainStrip, Digits, Export, ImportCard, Row, SealMark, SearchBox, SyncBar, Whole,
};

/// The page of the chain.
#[component]
pub fn Blocks(props: &PageProps) -> Html {
    let view = &props.view;
    html! {
        <>
            <SyncBar view={view.clone()} />
            <ChainStrip view={view.clone()} />
            <div class="cards two">
                <Card title="Find"><SearchBox /></Card>
                <Card title="The tip" aside={html! { <SealMark seal={view.tip.seal.clone()} words=true /> }}>
                    <dl class="facts">
                        <Row label="Height"><Digits text={view.tip.height.to_string()} testid="tip-height" /></Row>
                        <Row label="Hash"><Whole text={view.tip.hash.to_string()} what="the tip's hash" testid="tip-hash" /></Row>
                        <Row label="Work"><Digits text={view.tip.work.clone()} />{ " tries expected" }</Row>
                    </dl>
                </Card>
            </div>
            <Card title="All blocks"><BlockPager view={view.clone()} /></Card>
            <div class="cards two">
                <Card title="Export the chain"><Export /></Card>
                <ImportCard view={view.clone()} />
            </div>
        </>
    }
}
