//! Long syncs and troubles that concern every page.

use yew::prelude::*;

use super::link::Go;
use super::meter::Meter;
use super::notice::capitalised;
use super::receipt::ReceiptTable;
use super::sync_pill::clock_head;
use crate::format;
use crate::hooks::View;
use crate::node::view::{LinkView, SyncView};
use crate::route::Route;

/// Properties of [`SyncBar`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SyncBarProps {
    /// The node.
    pub view: View,
}

/// A bar while blocks are fetched, the relay's refusal, and trouble with the tab's store; nothing else.
#[component]
pub fn SyncBar(props: &SyncBarProps) -> Html {
    let view = &props.view;
    html! {
        <>
            if let SyncView::Syncing { done, total } = view.sync {
                <section class="card tight">
                    <div class="title-line">
                        <h2>{ "Fetching the chain" }</h2>
                        <span class="soft push">
                            { format!("{} of {} blocks", format::number(done), format::number(total)) }
                        </span>
                    </div>
                    <Meter label="Blocks fetched" percent={format::share(done, total as f64)} />
                </section>
            }
            if let (LinkView::Connected { .. }, SyncView::Clock(clock)) = (&view.link, &view.sync) {
                <section class="card tight" role="alert">
                    <h2>{ clock_head(clock) }</h2>
                    <p data-testid="clock-trouble">{ capitalised(&clock.says) }{ "." }</p>
                    <p class="soft">{ &clock.advice }</p>
                </section>
            }
            if let LinkView::Refused(receipt) = &view.link {
                <section class="card tight">
                    <h2>{ "The relay refused this node" }</h2>
                    <ReceiptTable receipt={receipt.clone()} alert=true />
                    <p class="soft">{ "Load the page again to try once more. Until then this tab goes on alone." }</p>
                </section>
            }
            if let Some(receipt) = &view.storage.trouble {
                <section class="card tight">
                    <h2>{ "This tab cannot save" }</h2>
                    <ReceiptTable receipt={receipt.clone()} alert=true />
                    <p class="soft">{ "It goes on, but a reload would lose what is not saved. Make room on this device, or leave the private window." }</p>
                    if !view.identity.is_backed_up && view.classic.is_none() {
                        <p><Go to={Route::Identities} class="link">{ "Write its 24 words down" }</Go>{ ": they keep its coins whatever this browser does." }</p>
                    }
                </section>
            }
        </>
    }
}
