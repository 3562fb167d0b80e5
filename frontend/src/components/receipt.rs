//! A refusal, as everywhere: rule, expected, found.

use shared::Receipt;
use yew::prelude::*;

/// Properties of [`ReceiptTable`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ReceiptProps {
    /// The refusal.
    pub receipt: Receipt,
    /// The element's id, for a field that is described by it.
    #[prop_or_default]
    pub id: Option<AttrValue>,
    /// Whether it is said aloud as it appears.
    #[prop_or_default]
    pub alert: bool,
}

/// The three lines of a refusal. The texts may come from a peer: they are shown as text, and kept from turning the
/// direction of what stands beside them.
#[component]
pub fn ReceiptTable(props: &ReceiptProps) -> Html {
    let Receipt { rule, expected, found } = &props.receipt;
    html! {
        <div class="receipt-box" id={props.id.clone()} role={props.alert.then_some("alert")}>
            <dl class="receipt">
                <dt>{ "Rule" }</dt><dd><bdi class="strong">{ rule }</bdi></dd>
                <dt>{ "Expected" }</dt><dd><bdi>{ expected }</bdi></dd>
                <dt>{ "Found" }</dt><dd><bdi>{ found }</bdi></dd>
            </dl>
        </div>
    }
}
