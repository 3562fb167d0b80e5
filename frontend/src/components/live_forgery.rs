//! The lesson's last step in a classic room: this tab's own node carries a forged chain, until it is undone.

use shared::{Receipt, Timestamp};
use yew::prelude::*;

use super::card::{Card, Row};
use super::receipt::ReceiptTable;
use crate::format;
use crate::hooks::use_tab_text;
use crate::lesson::{LiveForgery, forge_live};
use crate::node::handle::{Answer, ClassicCommand, Command, Found, Query};
use crate::node::{NodeHandle, use_node};

/// Properties of [`LiveForgeryCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct LiveForgeryProps {
    /// This tab's node, 32 hex digits.
    pub id: AttrValue,
}

/// What was last done.
#[derive(Clone, Debug, PartialEq)]
enum State {
    Untouched,
    Busy,
    Forged(LiveForgery),
    Undone,
    Refused(Receipt),
}

/// Forges this tab's live chain, and puts it back. The chain as it was is kept over a reload.
#[component]
pub fn LiveForgeryCard(props: &LiveForgeryProps) -> Html {
    let (_, node) = use_node();
    let state = use_state_eq(|| State::Untouched);
    let (before, keep) = use_tab_text(format!("tabcoin.forged.{}", props.id));
    let is_busy = *state == State::Busy;
    let attack = {
        let (state, keep, node) = (state.setter(), keep.clone(), node.clone());
        Callback::from(move |_| {
            if is_busy {
                return;
            }
            let (state, keep, node) = (state.clone(), keep.clone(), node.clone());
            state.set(State::Busy);
            yew::platform::spawn_local(async move {
                state.set(match attack(&node).await {
                    Ok(forgery) => {
                        keep.emit(Some(forgery.before.clone()));
                        State::Forged(forgery)
                    }
                    Err(receipt) => State::Refused(receipt),
                });
            });
        })
    };
    let undo = {
        let (state, before) = (state.setter(), before.clone());
        Callback::from(move |_| {
            let Some(before) = before.clone().filter(|_| !is_busy) else { return };
            let (state, keep, node) = (state.clone(), keep.clone(), node.clone());
            state.set(State::Busy);
            yew::platform::spawn_local(async move {
                state.set(match adopt(&node, before).await {
                    Ok(()) => {
                        keep.emit(None);
                        State::Undone
                    }
                    Err(receipt) => State::Refused(receipt),
                });
            });
        })
    };
    html! {
        <Card title="Do it to this room" class="lesson-live">
            <p>
                { "The same, on this tab's own node: the oldest payment on its chain becomes a million, the blocks are linked \
                   again, and one goes on top. Whoever here is connected to this tab and presses Replace chain adopts it." }
            </p>
            <div class="actions start">
                <button type="button" class="btn" aria-disabled={is_busy.then_some("true")} onclick={attack}>{ "Do it to this room" }</button>
                if before.is_some() {
                    <button type="button" class="btn quiet" aria-disabled={is_busy.then_some("true")} onclick={undo}>{ "Put the chain back" }</button>
                }
            </div>
            <div class="lesson-result" role="status" data-testid="live-result">{ said(&state, before.is_some()) }</div>
        </Card>
    }
}

fn said(state: &State, is_forged: bool) -> Html {
    match state {
        State::Untouched if is_forged => html! {
            <p class="soft">{ "This tab's chain was forged earlier. Putting it back loses the blocks mined since, on this tab." }</p>
        },
        State::Untouched => Html::default(),
        State::Busy => html! { <p class="soft">{ "Working on it…" }</p> },
        State::Undone => html! {
            <p>{ "This tab's chain is what it was before. Nodes that have adopted the lie keep it until they find a longer chain, which is the lesson." }</p>
        },
        State::Refused(receipt) => html! { <ReceiptTable receipt={receipt.clone()} /> },
        State::Forged(forgery) => html! {
            <>
                <p class="lesson-said">
                    { format!(
                        "Block {} of this tab's chain now says {} where it said {}, and is_valid takes it. Ask another tab of the room to connect to this one and to replace its chain.",
                        forgery.block, forgery.amount_after, forgery.amount_before,
                    ) }
                </p>
                <dl class="facts lesson-facts">
                    <Row label="Blocks linked again">{ format::number(forgery.relinked as u64) }</Row>
                    <Row label="Tries">{ format::number(forgery.tries) }</Row>
                    <Row label="Blocks now">{ format::number(forgery.length as u64) }</Row>
                </dl>
            </>
        },
    }
}

/// Takes the live chain, forges it, and has the node carry it.
async fn attack(node: &NodeHandle) -> Result<LiveForgery, Receipt> {
    let json = match node.query(Query::ClassicChain).await {
        Found::Text(json) => json,
        Found::Nothing(receipt) => return Err(receipt),
        _ => return Err(Receipt::new("lookup", "a classic chain", "something else")),
    };
    let forgery = forge_live(&json, Timestamp::from_ms(js_sys::Date::now() as u64))?;
    adopt(node, forgery.after.clone()).await?;
    Ok(forgery)
}

async fn adopt(node: &NodeHandle, json: String) -> Result<(), Receipt> {
    match node.command(Command::Classic(ClassicCommand::Adopt(json))).await {
        Answer::Refused(mut refusals) => Err(refusals.pop().map_or_else(
            || Receipt::new("adopt", "a chain that this node can hold", "another"),
            |refusal| refusal.receipt,
        )),
        _ => Ok(()),
    }
}
