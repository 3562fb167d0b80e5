//! Who this browser can be: its identities, and how they are kept.

use yew::prelude::*;

use super::PageProps;
use crate::components::{BackupFileCard, IdentityList, RestoreCard, SyncBar, WordsCard};

/// The page of identities.
#[component]
pub fn Identities(props: &PageProps) -> Html {
    let view = &props.view;
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
                    <RestoreCard />
                </div>
            </div>
        </>
    }
}
