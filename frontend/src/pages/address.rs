//! One address and its history.

use shared::Receipt;
use yew::prelude::*;

use super::lookup;
use crate::components::{Card, Digits, Empty, History, Row, Whole};
use crate::format;
use crate::hooks::View;
use crate::node::handle::{AddressPage, Found, Query};
use crate::node::use_query;

/// Entries of the history on a page.
const PAGE: u32 = 25;

/// Properties of [`Address`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AddressProps {
    /// The node.
    pub view: View,
    /// bech32m, as written in the address bar.
    pub address: AttrValue,
}

/// The page of an address.
#[component]
pub fn Address(props: &AddressProps) -> Html {
    let skip = use_state_eq(|| 0);
    let query = Query::Address { address: props.address.to_string(), skip: *skip, count: PAGE };
    let moves_with = (props.view.tip.hash, props.view.mempool.count);
    let turn = {
        let skip = skip.setter();
        Callback::from(move |to| skip.set(to))
    };
    match use_query(query, moves_with) {
        None => lookup::looking("the address"),
        Some(Found::Address(page)) => html! { <Shown page={*page} skip={*skip} {turn} /> },
        Some(Found::Nothing(receipt)) => lookup::missing("address", &receipt),
        Some(_) => lookup::missing("address", &Receipt::new("lookup", "an address", "something else")),
    }
}

/// Properties of [`Shown`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct ShownProps {
    page: AddressPage,
    skip: u32,
    turn: Callback<u32>,
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    let page = &props.page;
    let older = props.skip.saturating_add(PAGE);
    let turn_to = |to: u32| {
        let turn = props.turn.clone();
        Callback::from(move |_| turn.emit(to))
    };
    html! {
        <>
            <Card title={if page.own { "This tab's address" } else { "An address" }} aside={html! {
                <bdi translate="no" class="strong">{ page.name.clone().unwrap_or_default() }</bdi>
            }}>
                <p class="big"><Digits text={page.balance.to_string()} />{ " " }<small>{ format::coin_word(page.balance) }</small></p>
                <dl class="facts">
                    <Row label="Address"><Whole text={page.address.clone()} what="the address" wrap=true /></Row>
                    <Row label="Has paid">{ format::count(page.next_sequence, "time", "times").replace("no times", "never") }</Row>
                </dl>
            </Card>
            <Card title="History" aside={html! {
                <span class="soft">{ format::count(page.history_total, "entry", "entries") }</span>
            }}>
                if page.history.is_empty() {
                    <Empty title="No coins have come or gone yet">{ "In the chain that this tab holds." }</Empty>
                }
                <History entries={page.history.clone()} />
                if page.history_total > u64::from(PAGE) {
                    <nav class="pager" aria-label="Pages of the history">
                        <button type="button" class="btn quiet" disabled={props.skip == 0}
                            onclick={turn_to(props.skip.saturating_sub(PAGE))}>{ "Newer" }</button>
                        <button type="button" class="btn quiet" disabled={u64::from(older) >= page.history_total}
                            onclick={turn_to(older)}>{ "Older" }</button>
                    </nav>
                }
            </Card>
        </>
    }
}
