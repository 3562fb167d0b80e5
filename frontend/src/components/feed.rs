//! What just happened.

use yew::prelude::*;

use super::event_line::EventLine;
use super::notice::Empty;
use crate::node::handle::Command;
use crate::node::use_node;
use crate::node::view::EventView;

/// How many lines are shown before they are asked for.
const FEW: usize = 8;

/// Properties of [`Feed`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct FeedProps {
    /// Newest first.
    pub events: Vec<EventView>,
}

/// The list of what just happened; new lines are said aloud.
#[component]
pub fn Feed(props: &FeedProps) -> Html {
    let (_, node) = use_node();
    let all = use_state_eq(|| false);
    let shown = if *all { props.events.len() } else { FEW };
    let more = props.events.len().saturating_sub(shown);
    let show_all = {
        let all = all.setter();
        Callback::from(move |_| all.set(true))
    };
    let clear = Callback::from(move |_| node.tell(Command::ClearEvents));
    html! {
        <section aria-labelledby="feed-title">
            <div class="title-line">
                <h2 id="feed-title">{ "What just happened" }</h2>
                if !props.events.is_empty() {
                    <button type="button" class="text-button push" onclick={clear}>{ "Clear" }</button>
                }
            </div>
            <ul class="feed" aria-live="polite" aria-relevant="additions">
                { for props.events.iter().take(shown).map(|event| html! {
                    <EventLine key={event.number} event={event.clone()} />
                }) }
                if props.events.is_empty() {
                    <li class="feed-empty">
                        <Empty title="Nothing yet">{ "Blocks, payments and refusals will be told here as they happen." }</Empty>
                    </li>
                }
            </ul>
            if more > 0 {
                <button type="button" class="text-button" onclick={show_all}>{ format!("Show {more} more") }</button>
            }
        </section>
    }
}
