//! Who this browser can be: its identities, and how they are kept.

use yew::prelude::*;

use super::PageProps;
use crate::components::{IdentityList, SyncBar};

/// The page of identities.
#[component]
pub fn Identities(props: &PageProps) -> Html {
    let view = &props.view;
    html! {
        <>
            <SyncBar view={view.clone()} />
            <IdentityList view={view.clone()} />
        </>
    }
}
