//! Three steps for whoever is here for the first time.

use yew::prelude::*;

use super::icon::{Glyph, Icon};
use super::link::Go;
use super::network_card::others_online;
use super::new_node::NewNode;
use crate::format;
use crate::hooks::{View, use_stored_flag};
use crate::node::view::HistoryKind;
use crate::route::Route;

const KEY: &str = "tabcoin.guide.done";

/// Properties of [`Guide`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct GuideProps {
    /// The node.
    pub view: View,
}

/// The three steps, each ticked once it is done, until they are put away for good.
#[component]
pub fn Guide(props: &GuideProps) -> Html {
    let (done, set_done) = use_stored_flag(KEY);
    if done {
        return Html::default();
    }
    let view = &props.view;
    let mined = view.mining.blocks_found > 0;
    let company = others_online(view) > 0;
    let sent = view.wallet.history.iter().any(|entry| entry.kind == HistoryKind::Sent);
    let close = Callback::from(move |_| set_done.emit(true));
    html! {
        <section class="guide" aria-labelledby="guide-title">
            <div class="title-line">
                <h2 id="guide-title">{ "Welcome. This tab is a full node of a small currency." }</h2>
                <button type="button" class="text-button push" onclick={close}>{ "Got it" }</button>
            </div>
            <ol class="steps">
                <Step number=1 done={mined} title="Mine a block">
                    { format!(
                        "Press the button under Mining. Your computer looks for a proof, and the block brings you {}.",
                        format::coins_named(view.room.reward),
                    ) }
                </Step>
                <Step number=2 done={company} title="Open a second tab">
                    <NewNode room={view.room.name.clone()} class="link" beside=true>{ "Another tab" }</NewNode>
                    { " is another node, with an address of its own. Copy that address." }
                </Step>
                <Step number=3 done={sent} title="Send it coins">
                    { "Pay the address from your " }<Go to={Route::Wallet} class="link">{ "wallet" }</Go>
                    { ", then mine again: the payment is in the chain, on both tabs." }
                </Step>
            </ol>
        </section>
    }
}

/// Properties of [`Step`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct StepProps {
    number: u8,
    done: bool,
    title: AttrValue,
    children: Html,
}

#[component]
fn Step(props: &StepProps) -> Html {
    html! {
        <li class={classes!("step", props.done.then_some("done"))}>
            <span class="step-number" aria-hidden="true">
                if props.done { <Glyph icon={Icon::Done} /> } else { { props.number } }
            </span>
            <div>
                <p class="strong">{ props.title.clone() }if props.done { <span class="unseen">{ " (done)" }</span> }</p>
                <p class="soft">{ props.children.clone() }</p>
            </div>
        </li>
    }
}
