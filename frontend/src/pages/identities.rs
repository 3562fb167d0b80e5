//! Who this browser can be: its identities, and how they are kept.

use yew::prelude::*;

use crate::components::{BackupFileCard, IdentityList, SyncBar, WordsCard, restore_card};
use crate::hooks::View;

/// The page of identities.
pub fn identities(view: &View) -> Html {
    html! {
        <>
            <SyncBar view={view.clone()} />
            <div class="cards lead">
                <div class="stack">
                    <IdentityList view={view.clone()} />
                    <WordsCard name={view.identity.name.clone()} is_backed_up={view.identity.is_backed_up} />
                </div>
                <div class="stack">
                    <BackupFileCard />
                    { restore_card() }
                </div>
            </div>
        </>
    }
}
