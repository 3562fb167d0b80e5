//! Everything at a glance.

use yew::prelude::*;

use super::PageProps;
use crate::components::{BalanceCard, ChainStrip, Feed, Go, Guide, MiningCard, NetworkCard, SyncBar, TabCard};
use crate::route::Route;

/// The overview.
#[component]
pub fn Overview(props: &PageProps) -> Html {
    let view = &props.view;
    html! {
        <>
            <SyncBar view={view.clone()} />
            <Guide view={view.clone()} />
            <ChainStrip view={view.clone()} />
            <div class="cards">
                <BalanceCard view={view.clone()}>
                    <div class="actions">
                        <Go to={Route::Wallet} class="btn quiet">{ "Send coins" }</Go>
                        <Go to={Route::Wallet} class="btn quiet">{ "Receive" }</Go>
                    </div>
                </BalanceCard>
                <MiningCard view={view.clone()} main=true />
                <NetworkCard view={view.clone()} />
            </div>
            <TabCard view={view.clone()} />
            <Feed events={view.events.clone()} />
        </>
    }
}
