//! The switch of auto-sync.

use yew::prelude::*;

use super::toggle::Toggle;
use crate::hooks::use_choice;
use crate::node::handle::Command;

/// Properties of [`AutoSync`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AutoSyncProps {
    /// Whether it is on.
    pub on: bool,
    /// One sentence on what it does.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
}

/// Adopt others' blocks as they arrive, or only on request.
#[component]
pub fn AutoSync(props: &AutoSyncProps) -> Html {
    let choice = use_choice(props.on, Command::SetAutoSync);
    html! { <Toggle label="Auto-sync" hint={props.hint.clone()} on={choice.shown} onchange={choice.choose} /> }
}
