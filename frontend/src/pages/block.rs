//! One block.

use shared::{BlockHash, Receipt};
use yew::prelude::*;
use yew_router::prelude::*;

use super::lookup;
use crate::components::{Card, Digits, Empty, Go, Moment, PaymentList, Row, SealMark, Whole, miner, search_route};
use crate::format;
use crate::hooks::View;
use crate::node::handle::{BlockPage, Found, Query};
use crate::node::use_query;
use crate::route::Route;

/// Properties of [`Block`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct BlockProps {
    /// The node.
    pub view: View,
    /// A hash, or a height.
    pub hash: AttrValue,
}

/// The page of a block. What is no hash is searched for, so that a height in the address bar leads to its block.
#[component]
pub fn Block(props: &BlockProps) -> Html {
    let query = match props.hash.parse::<BlockHash>() {
        Ok(hash) => Query::Block(hash),
        Err(_) => Query::Search(props.hash.to_string()),
    };
    let navigator = use_navigator();
    let found = use_query(query, props.view.tip.hash);
    use_effect_with(found.clone(), move |found| {
        if let (Some(Found::Place(place)), Some(navigator)) = (found, navigator) {
            navigator.replace(&search_route(place.clone()));
        }
    });
    match found {
        None | Some(Found::Place(_)) => lookup::looking("the block"),
        Some(Found::Block(page)) => html! { <Shown page={*page} /> },
        Some(Found::Nothing(receipt)) => lookup::missing("block", &receipt),
        Some(_) => lookup::missing("block", &Receipt::new("lookup", "a block", "something else")),
    }
}

/// Properties of [`Shown`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct ShownProps {
    page: BlockPage,
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    let page = &props.page;
    let summary = &page.summary;
    html! {
        <>
            <Card title={if page.active { "A block of this tab's chain" } else { "A block on a branch" }} aside={neighbours(page)}>
                <div class="lead-line">
                    <p class="big">{ "#" }<Digits text={summary.height.to_string()} /></p>
                    <SealMark seal={summary.seal.clone()} words=true />
                    <span class={if page.active { "tag good" } else { "tag" }}>{ depth(page) }</span>
                </div>
                <dl class="facts">
                    <Row label="Hash"><Whole text={summary.hash.to_string()} what="the block's hash" wrap=true /></Row>
                    <Row label="Time">
                        if summary.height == 0 { { "the beginning" } } else { <Moment ms={summary.timestamp_ms} /> }
                    </Row>
                    <Row label="Miner">{ miner(summary) }</Row>
                    <Row label="Reward">{ reward(page) }</Row>
                    <Row label="Size">{ format::bytes(u64::from(summary.bytes)) }</Row>
                </dl>
            </Card>
            <Card title="Payments" aside={html! {
                <span class="soft">{ format::count(page.payments.len() as u64, "payment", "payments") }</span>
            }}>
                if page.payments.is_empty() {
                    <Empty title="None">{ "This block holds its reward alone." }</Empty>
                }
                <PaymentList payments={page.payments.clone()} />
            </Card>
            <Card title="The header: 116 bytes, hashed once with SHA-256">
                <dl class="facts">
                    <Row label="Version">{ page.version }</Row>
                    <Row label="Previous hash">
                        if summary.height == 0 {
                            { "none: this is the first" }
                        } else {
                            <Go to={Route::Block { hash: summary.previous.to_string() }} class="link broken"><code translate="no">{ summary.previous.to_string() }</code></Go>
                        }
                    </Row>
                    <Row label="Merkle root"><code translate="no" class="broken">{ &page.root }</code></Row>
                    <Row label="Hash at most"><code translate="no" class="broken">{ &page.target }</code></Row>
                    <Row label="Extra nonce"><code translate="no" class="broken">{ &page.extra_nonce }</code></Row>
                    <Row label="Proof"><code translate="no" class="broken">{ &page.proof }</code></Row>
                    <Row label="Work"><Digits text={page.work.clone()} />{ " tries expected" }</Row>
                    <Row label="As bytes"><Whole text={page.header_hex.clone()} what="the header" wrap=true /></Row>
                </dl>
            </Card>
        </>
    }
}

fn neighbours(page: &BlockPage) -> Html {
    html! {
        <span class="neighbours">
            if page.summary.height > 0 {
                <Go to={Route::Block { hash: page.summary.previous.to_string() }} class="link">{ "Previous" }</Go>
            }
            if let Some(next) = page.next {
                <Go to={Route::Block { hash: next.to_string() }} class="link">{ "Next" }</Go>
            }
        </span>
    }
}

fn depth(page: &BlockPage) -> String {
    if page.active {
        format::count(page.confirmations, "confirmation", "confirmations")
    } else {
        "not in this tab's chain".to_owned()
    }
}

fn reward(page: &BlockPage) -> Html {
    let coins = format::coins_named(page.summary.reward);
    let fees = (!page.fees.is_zero()).then(|| format!(", {} of them fees", format::coins(page.fees)));
    match page.reward_id {
        Some(id) => html! {
            <><Go to={Route::Transaction { id: id.to_string() }} class="link">{ coins }</Go>{ fees }</>
        },
        None => html! { { "none" } },
    }
}
