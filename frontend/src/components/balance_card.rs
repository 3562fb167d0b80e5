//! The balance, and what of it can be spent.

use yew::prelude::*;

use super::card::{Card, Row};
use super::value::Digits;
use crate::format;
use crate::hooks::View;

/// Properties of [`BalanceCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct BalanceCardProps {
    /// The node.
    pub view: View,
    /// What stands below.
    #[prop_or_default]
    pub children: Html,
}

/// The balance and its parts.
#[component]
pub fn BalanceCard(props: &BalanceCardProps) -> Html {
    let wallet = &props.view.wallet;
    html! {
        <Card title="Balance">
            <p class="big"><Digits text={wallet.balance.to_string()} testid="balance" />{ " " }<small>{ format::coin_word(wallet.balance) }</small></p>
            <dl class="rows">
                <Row label="Spendable now">{ format::coins(wallet.spendable) }</Row>
                // Also where there is nothing to say: each block that this tab mines would move the page down for a moment.
                <Row label="Of it, taken by no other node yet">
                    <span data-testid="untaken">{ format::coins(wallet.untaken) }</span>
                </Row>
                <Row label="Leaving, not yet in a block">
                    if wallet.leaving.is_zero() { { "0" } } else { { format!("−{}", format::coins(wallet.leaving)) } }
                </Row>
                <Row label="Arriving, not yet in a block">
                    if wallet.arriving.is_zero() { { "0" } } else { { format!("+{}", format::coins(wallet.arriving)) } }
                </Row>
            </dl>
            { props.children.clone() }
        </Card>
    }
}
