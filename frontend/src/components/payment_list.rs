//! Payments: those of a block, or those waiting for one.

use yew::prelude::*;

use super::icon::{Glyph, Icon};
use super::link::Go;
use crate::format;
use crate::node::view::PaymentView;
use crate::route::Route;

/// Properties of [`PaymentList`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct PaymentListProps {
    /// In order.
    pub payments: Vec<PaymentView>,
}

/// One line a payment: from whom, to whom, how much.
#[component]
pub fn PaymentList(props: &PaymentListProps) -> Html {
    html! {
        <ul class="entries">
            { for props.payments.iter().map(|payment| html! { <Line key={payment.id.to_string()} payment={payment.clone()} /> }) }
        </ul>
    }
}

/// Properties of [`Line`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct LineProps {
    payment: PaymentView,
}

#[component]
fn Line(props: &LineProps) -> Html {
    let payment = &props.payment;
    html! {
        <li class="entry">
            <span class="event-icon" aria-hidden="true"><Glyph icon={Icon::Swap} /></span>
            <div class="entry-what">
                <p>{ address(&payment.sender) }{ " to " }{ address(&payment.receiver) }</p>
                if !payment.memo.is_empty() {
                    <p class="soft memo"><bdi translate="no">{ &payment.memo }</bdi></p>
                }
            </div>
            <div class="entry-when">
                <Go to={Route::Transaction { id: payment.id.to_string() }} class="link" title={payment.id.to_string()}>
                    <code translate="no">{ payment.id.short() }</code>
                </Go>
            </div>
            <div class="entry-amount">
                <p class="strong">{ format::coins_named(payment.amount) }</p>
                <p class="soft">{ format!("fee {}", format::coins(payment.fee)) }</p>
            </div>
        </li>
    }
}

fn address(address: &str) -> Html {
    let to = Route::Address { address: address.to_owned() };
    html! { <Go {to} class="link" title={address.to_owned()}><code translate="no">{ format::short_address(address) }</code></Go> }
}
