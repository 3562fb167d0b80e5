//! Replace chain.

use yew::prelude::*;

use crate::node::handle::Command;
use crate::node::use_node;

/// Properties of [`ReplaceButton`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ReplaceButtonProps {
    /// Whether it is the page's main action.
    #[prop_or_default]
    pub main: bool,
}

/// Asks every peer for its chain, to adopt the one with the most work.
#[component]
pub fn ReplaceButton(props: &ReplaceButtonProps) -> Html {
    let (_, node) = use_node();
    let onclick = Callback::from(move |_| node.tell(Command::ReplaceChain));
    let class = if props.main { "btn" } else { "btn quiet" };
    html! { <button type="button" {class} {onclick}>{ "Replace chain" }</button> }
}
