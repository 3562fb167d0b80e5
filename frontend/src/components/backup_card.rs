//! Whether this tab's coins would survive its browser.

use yew::prelude::*;

use super::card::Card;
use super::link::Go;
use crate::hooks::View;
use crate::node::use_node;
use crate::node::view::StoragePromise;
use crate::route::Route;

/// Properties of [`BackupCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct BackupCardProps {
    /// The node.
    pub view: View,
}

/// Backed up or not, what the browser has promised, and the way to a backup.
#[component]
pub fn BackupCard(props: &BackupCardProps) -> Html {
    let (_, node) = use_node();
    let view = &props.view;
    let (is_backed_up, has_coins) = (view.identity.is_backed_up, !view.wallet.balance.is_zero());
    let promise = view.storage.promise;
    let ask = Callback::from(move |_| node.ask_to_keep_data());
    let state = match (is_backed_up, has_coins) {
        (true, _) => html! { <span class="tag good" data-testid="backed-up">{ "backed up" }</span> },
        (false, true) => html! { <span class="tag own" data-testid="backed-up">{ "not backed up" }</span> },
        (false, false) => html! { <span class="soft" data-testid="backed-up">{ "nothing to lose yet" }</span> },
    };
    html! {
        <Card title="Backup" aside={state}>
            <p class={if has_coins && !is_backed_up { "strong" } else { "soft" }}>
                { match (is_backed_up, has_coins) {
                    (true, _) => "The keys of these coins are kept outside this browser too.",
                    (false, true) => "The keys of these coins are in this browser alone. If its data is cleared, the coins are gone.",
                    (false, false) => "Once there are coins here, keep their keys outside this browser too.",
                } }
            </p>
            <p class="hint">{ promised(promise) }</p>
            <div class="actions start">
                <Go to={Route::Identities} class={classes!("btn", (!has_coins || is_backed_up).then_some("quiet"))}>
                    { if is_backed_up { "Backups" } else { "Back up" } }
                </Go>
                if has_coins && matches!(promise, StoragePromise::NotAsked | StoragePromise::Refused) {
                    <button type="button" class="btn quiet" onclick={ask}>{ "Ask the browser to keep its data" }</button>
                }
            </div>
        </Card>
    }
}

fn promised(promise: StoragePromise) -> &'static str {
    match promise {
        StoragePromise::Given => "This browser has promised to keep this site's data.",
        StoragePromise::NotAsked => "This browser was not asked yet to keep this site's data.",
        StoragePromise::Refused => {
            "This browser has not promised to keep this site's data: it may clear it when room is short."
        }
        StoragePromise::Insecure => {
            "Browsers promise to keep a site's data over https only, and this page came over plain http."
        }
    }
}
