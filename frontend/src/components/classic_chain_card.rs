//! What the tutorial does with its chain at the press of a button: mine, replace, check.

use yew::prelude::*;

use super::card::{Card, Row};
use super::confirm::Confirm;
use super::meter::Meter;
use super::receipt::ReceiptTable;
use super::value::{Digits, Whole};
use crate::format;
use crate::hooks::{Action, use_action};
use crate::node::handle::{Answer, ClassicCommand, Command, Field};
use crate::node::view::ClassicView;

/// Properties of the classic cards.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ClassicProps {
    /// This tab's classic node.
    pub classic: ClassicView,
}

/// Length and tip, and the three requests that need nothing typed.
#[component]
pub fn ClassicChainCard(props: &ClassicProps) -> Html {
    let classic = &props.classic;
    let action = use_action();
    let asked = use_state_eq(|| false);
    let run = |command: ClassicCommand| {
        let (action, asked) = (action.clone(), asked.setter());
        Callback::from(move |()| {
            asked.set(false);
            if !action.is_busy() {
                action.run(Command::Classic(command.clone()));
            }
        })
    };
    let click = |command: ClassicCommand| run(command).reform(|_: MouseEvent| ());
    let ask = {
        let asked = asked.setter();
        Callback::from(move |_| asked.set(true))
    };
    let tip = classic.blocks.first().map(|block| block.hash.clone()).unwrap_or_default();
    let busy = (action.is_busy() || classic.mining).then_some("true");
    html! {
        <Card title="This tab's chain" aside={html! {
            <span class={if classic.valid { "good" } else { "bad" }} data-testid="chain-valid">
                { if classic.valid { "valid" } else { "not valid" } }
            </span>
        }}>
            <p class="big">
                <Digits text={classic.length.to_string()} testid="chain-length" />{ " " }
                <small>{ if classic.length == 1 { "block" } else { "blocks" } }</small>
            </p>
            <dl class="facts close">
                <Row label="Newest"><Whole text={tip} what="the newest block's hash" testid="tip-hash" /></Row>
            </dl>
            <div class="said" role="status">
                if classic.mining {
                    <Meter label="Mining a block" />
                } else if *asked {
                    <p>{ is_valid(classic.valid) }</p>
                } else {
                    <Said action={action.clone()} />
                }
            </div>
            <div class="actions">
                <button type="button" class="btn" aria-disabled={busy} onclick={click(ClassicCommand::Mine)}>{ "Mine a block" }</button>
                <button type="button" class="btn quiet" aria-disabled={busy} onclick={click(ClassicCommand::Replace)}>{ "Replace chain" }</button>
                <button type="button" class="btn quiet" onclick={ask}>{ "Is it valid?" }</button>
            </div>
            <Confirm
                label="Start over" busy={busy.is_some()} sure={run(ClassicCommand::StartOver)}
                lost={lost(classic)}
            />
        </Card>
    }
}

/// What this tab loses when it starts over.
fn lost(classic: &ClassicView) -> String {
    let mut lost = format::count(classic.length, "block", "blocks");
    for (count, one, many) in [
        (classic.pending.len(), "transaction that waits", "transactions that wait"),
        (classic.nodes.len(), "connected node", "connected nodes"),
    ] {
        if count > 0 {
            lost = format!("{lost}, {}", format::count(count as u64, one, many));
        }
    }
    format!(
        "This tab loses {lost}. It begins a new chain, as when the tutorial's script is started again. Other nodes keep theirs."
    )
}

fn is_valid(valid: bool) -> &'static str {
    if valid {
        "Yes: each block names the hash of the one before it, and each proof fits the proof before it."
    } else {
        "No: a block names another hash than the one before it has, or a proof does not fit the proof before it."
    }
}

/// Properties of [`Said`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct SaidProps {
    pub(super) action: Action,
}

/// What came of the last command: the tutorial's message, or the receipt that is no field's.
#[component]
pub(super) fn Said(props: &SaidProps) -> Html {
    html! {
        <>
            if let Some(Answer::ClassicDone(message)) = props.action.answer() { <p>{ message }</p> }
            if let Some(receipt) = props.action.refusal(Field::Form) { <ReceiptTable {receipt} /> }
        </>
    }
}
