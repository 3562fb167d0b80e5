//! The switch of auto-sync.

use yew::prelude::*;

use super::toggle::Toggle;
use crate::node::handle::Command;
use crate::node::use_node;

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
    let (_, node) = use_node();
    let onchange = Callback::from(move |on| node.tell(Command::SetAutoSync(on)));
    html! { <Toggle label="Auto-sync" hint={props.hint.clone()} on={props.on} {onchange} /> }
}
