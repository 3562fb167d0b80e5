//! Coins: receive, send, look back; and whose they are.

use yew::prelude::*;

use super::PageProps;
use crate::components::{
    BackupCard, BalanceCard, Card, ContactsCard, Empty, Go, History, IdentityCard, ReceiveCard, SendForm, SyncBar,
};
use crate::format;
use crate::route::Route;

/// The wallet.
#[component]
pub fn Wallet(props: &PageProps) -> Html {
    let view = &props.view;
    let wallet = &view.wallet;
    let all = Route::Address { address: view.identity.address.clone() };
    html! {
        <>
            <SyncBar view={view.clone()} />
            <div class="cards lead">
                <div class="stack">
                    <BalanceCard view={view.clone()}>
                        if !wallet.balance.is_zero() && !view.identity.is_backed_up {
                            <p class="hint">
                                { "Not backed up: these coins are in this browser alone. " }
                                <Go to={Route::Identities} class="link">{ "Keep their keys elsewhere too" }</Go>
                            </p>
                        }
                    </BalanceCard>
                    <SendForm spendable={wallet.spendable} contacts={view.contacts.clone()} />
                    <ContactsCard contacts={view.contacts.clone()} />
                </div>
                <div class="stack">
                    <ReceiveCard address={view.identity.address.clone()} />
                    <BackupCard view={view.clone()} />
                    <IdentityCard view={view.clone()} />
                </div>
            </div>
            <Card
                title="History"
                aside={html! { <span class="soft">{ format::count(wallet.history_total, "entry", "entries") }</span> }}
            >
                if wallet.history.is_empty() {
                    <Empty title="No coins have come or gone yet">
                        { "Mine a block on the " }<Go to={Route::Mine} class="link">{ "Mine" }</Go>
                        { " page, or give somebody the address above." }
                    </Empty>
                }
                <History entries={wallet.history.clone()} />
                if wallet.history_total > wallet.history.len() as u64 {
                    <Go to={all} class="link">{ "The whole history" }</Go>
                }
            </Card>
        </>
    }
}
