//! One transaction.

use shared::{Receipt, TransactionId};
use yew::prelude::*;

use super::lookup;
use crate::components::{Card, Digits, Go, Moment, Row, SealMark, Whole};
use crate::format;
use crate::hooks::View;
use crate::node::handle::{Found, Query, TransactionKind, TransactionPage};
use crate::node::use_query;
use crate::node::view::PaymentView;
use crate::route::Route;

/// Properties of [`Transaction`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TransactionProps {
    /// The node.
    pub view: View,
    /// As written in the address bar.
    pub id: AttrValue,
}

/// The page of a transaction.
#[component]
pub fn Transaction(props: &TransactionProps) -> Html {
    match props.id.parse::<TransactionId>() {
        Ok(id) => html! { <Looked view={props.view.clone()} {id} /> },
        Err(_) => {
            let found = format!("{:?}", props.id.chars().take(80).collect::<String>());
            lookup::missing("transaction", &Receipt::new("transaction id", "64 hex digits", found))
        }
    }
}

/// Properties of [`Looked`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct LookedProps {
    view: View,
    id: TransactionId,
}

#[component]
fn Looked(props: &LookedProps) -> Html {
    // It moves with the tip, and with what waits: a payment leaves the waiting ones for a block, or comes back.
    let moves_with = (props.view.tip.hash, props.view.mempool.count);
    match use_query(Query::Transaction(props.id), moves_with) {
        None => lookup::looking("the transaction"),
        Some(Found::Transaction(page)) => html! { <Shown page={*page} /> },
        Some(Found::Nothing(receipt)) => lookup::missing("transaction", &receipt),
        Some(_) => lookup::missing("transaction", &Receipt::new("lookup", "a transaction", "something else")),
    }
}

/// Properties of [`Shown`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct ShownProps {
    page: TransactionPage,
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    let page = &props.page;
    let (title, amount) = match &page.kind {
        TransactionKind::Reward { amount, .. } => ("The reward of a block", *amount),
        TransactionKind::Payment { payment, .. } => ("A payment", payment.amount),
    };
    html! {
        <>
            <Card {title}>
                <div class="lead-line">
                    <p class="big"><Digits text={amount.to_string()} />{ " " }<small>{ format::coin_word(amount) }</small></p>
                    { standing(page) }
                </div>
                <dl class="facts">
                    <Row label="Id"><Whole text={page.id.to_string()} what="the transaction's id" wrap=true /></Row>
                    { sides(&page.kind) }
                    { place(page) }
                </dl>
            </Card>
            if let TransactionKind::Payment { payment, key, signature } = &page.kind {
                <Card title="What was signed">
                    <dl class="facts">
                        <Row label="Sequence">{ format::number(payment.sequence) }</Row>
                        <Row label="Size">{ format::bytes(u64::from(payment.bytes)) }</Row>
                        <Row label="Public key"><Whole text={key.clone()} what="the public key" wrap=true /></Row>
                        <Row label="Signature"><Whole text={signature.clone()} what="the signature" wrap=true /></Row>
                    </dl>
                </Card>
            }
        </>
    }
}

fn standing(page: &TransactionPage) -> Html {
    if page.block.is_some() {
        html! { <span class="tag good">{ format::count(page.confirmations, "confirmation", "confirmations") }</span> }
    } else {
        html! { <span class="tag own">{ "not yet in a block" }</span> }
    }
}

fn sides(kind: &TransactionKind) -> Html {
    match kind {
        TransactionKind::Reward { receiver, .. } => html! { <Row label="To">{ address(receiver) }</Row> },
        TransactionKind::Payment { payment, .. } => payment_sides(payment),
    }
}

fn payment_sides(payment: &PaymentView) -> Html {
    html! {
        <>
            <Row label="From">{ address(&payment.sender) }</Row>
            <Row label="To">{ address(&payment.receiver) }</Row>
            <Row label="Fee">{ format::coins_named(payment.fee) }</Row>
            if !payment.memo.is_empty() {
                <Row label="Memo"><bdi translate="no" class="broken">{ &payment.memo }</bdi></Row>
            }
        </>
    }
}

fn address(address: &str) -> Html {
    let to = Route::Address { address: address.to_owned() };
    html! { <Go {to} class="link broken"><code translate="no">{ address.to_owned() }</code></Go> }
}

fn place(page: &TransactionPage) -> Html {
    let Some(block) = &page.block else {
        return Html::default();
    };
    let to = Route::Block { hash: block.hash.to_string() };
    html! {
        <>
            <Row label="Block">
                <span class="lead-line">
                    <Go {to} class="link">{ format!("#{}", format::number(block.height)) }</Go>
                    if let Some(seal) = &page.seal { <SealMark seal={seal.clone()} words=true /> }
                </span>
            </Row>
            <Row label="Time"><Moment ms={block.timestamp_ms} /></Row>
        </>
    }
}
