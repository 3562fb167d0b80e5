//! A page for something that is looked up: while it is, and when there is no such thing.

use shared::Receipt;
use yew::prelude::*;

use crate::components::{Card, Go, Meter, ReceiptTable};
use crate::route::Route;

/// While something is looked up.
pub(super) fn looking(what: &str) -> Html {
    html! {
        <Card title={format!("Looking {what} up")}><Meter label="Looking it up" /></Card>
    }
}

/// When there is no such thing.
pub(super) fn missing(what: &str, receipt: &Receipt) -> Html {
    html! {
        <Card title={format!("No such {what} here")} class="narrow">
            <ReceiptTable receipt={receipt.clone()} alert=true />
            <p class="soft">
                { "This tab shows what its own node holds. It may be on a chain that this node has not adopted." }
            </p>
            <div class="actions start">
                <Go to={Route::Blocks} class="btn quiet">{ "See the blocks" }</Go>
                <Go to={Route::Peers} class="btn quiet">{ "See the peers" }</Go>
            </div>
        </Card>
    }
}
