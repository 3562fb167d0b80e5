//! The address to be paid at.

use yew::prelude::*;

use super::card::Card;
use super::qr::Qr;
use super::value::Whole;
use crate::format;

/// Properties of [`ReceiveCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ReceiveCardProps {
    /// bech32m.
    pub address: AttrValue,
}

/// The address: short, whole, copied, as a code to photograph.
#[component]
pub fn ReceiveCard(props: &ReceiveCardProps) -> Html {
    html! {
        <Card title="Receive">
            <div class="receive">
                <Qr text={props.address.clone()} label="This tab's address as a QR code" />
                <div class="stack">
                    <p class="strong"><code translate="no">{ format::short_address(&props.address) }</code></p>
                    <Whole text={props.address.clone()} what="this tab's address" testid="address" wrap=true />
                    <p class="hint">{ "Whoever has this address can pay this tab. It has a checksum: a slip in typing is refused, never paid to somebody else." }</p>
                </div>
            </div>
        </Card>
    }
}
