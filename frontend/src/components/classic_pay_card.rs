//! A transaction for the tutorial's next block.

use web_sys::SubmitEvent;
use yew::prelude::*;

use super::card::Card;
use super::classic_chain::transaction;
use super::classic_chain_card::{ClassicProps, Said};
use super::confirm::Confirm;
use super::field::{TextField, focus_first_refused};
use super::notice::Empty;
use crate::format;
use crate::hooks::use_action;
use crate::node::handle::{Answer, ClassicCommand, Command, Field};
use crate::worker::classic::understood;

/// Sender, receiver, amount, as typed; and what waits for the next block.
#[component]
pub fn ClassicPayCard(props: &ClassicProps) -> Html {
    let draft = use_state_eq(Draft::default);
    let action = use_action();
    let inputs = [(Field::Sender, use_node_ref()), (Field::Receiver, use_node_ref()), (Field::Amount, use_node_ref())];
    {
        let (draft, inputs) = (draft.setter(), inputs.clone());
        use_effect_with(action.numbered_answer(), move |(_, answer)| match answer {
            Some(Answer::ClassicDone(_)) => draft.set(Draft::default()),
            Some(Answer::Refused(refusals)) => focus_first_refused(refusals, &inputs),
            _ => {}
        });
    }
    let change = |set: fn(&mut Draft, String)| {
        let draft = draft.clone();
        Callback::from(move |text| {
            let mut next = (*draft).clone();
            set(&mut next, text);
            draft.set(next);
        })
    };
    let onsubmit = {
        let (action, draft) = (action.clone(), draft.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if !action.is_busy() {
                let Draft { sender, receiver, amount } = (*draft).clone();
                action.run(Command::Classic(ClassicCommand::Add { sender, receiver, amount }));
            }
        })
    };
    let drop_all = {
        let action = action.clone();
        Callback::from(move |()| action.run(Command::Classic(ClassicCommand::DropTransactions)))
    };
    let pending = &props.classic.pending;
    html! {
        <Card title="For the next block" aside={html! {
            <span class="soft">{ format::count(pending.len() as u64, "transaction", "transactions") }</span>
        }}>
            if pending.is_empty() {
                <Empty title="None yet">{ "The next block will hold its reward alone." }</Empty>
            } else {
                <ul class="transfers">{ for pending.iter().map(transaction) }</ul>
                <Confirm
                    label="Drop what waits" busy={action.is_busy()} sure={drop_all}
                    lost="None of these will be in a block."
                />
            }
            <form class="form" {onsubmit} novalidate=true>
                <div class="form-pair">
                    <TextField id="sender" label="Sender" value={draft.sender.clone()}
                        oninput={change(|draft, text| draft.sender = text)}
                        refusal={action.refusal(Field::Sender)} input={inputs[0].1.clone()} />
                    <TextField id="receiver" label="Receiver" value={draft.receiver.clone()}
                        oninput={change(|draft, text| draft.receiver = text)}
                        refusal={action.refusal(Field::Receiver)} input={inputs[1].1.clone()} />
                </div>
                <TextField id="amount" label="Amount" decimal=true
                    hint={hint(&draft.amount)}
                    value={draft.amount.clone()}
                    oninput={change(|draft, text| draft.amount = text)}
                    refusal={action.refusal(Field::Amount)} input={inputs[2].1.clone()} />
                <div class="said" role="status"><Said action={action.clone()} /></div>
                <div class="actions">
                    <button type="submit" class="btn quiet" aria-disabled={action.is_busy().then_some("true")}>{ "Add transaction" }</button>
                </div>
            </form>
        </Card>
    }
}

/// What the amount will be in the chain, where the tutorial's JSON writes it in another way than it was typed.
fn hint(typed: &str) -> String {
    match understood(typed) {
        Some(written) if written.starts_with('"') => format!("Goes into the chain as the text {written}: no number"),
        Some(written) if written != typed.trim() => format!("Goes into the chain as {written}"),
        _ => "Nobody checks whether the sender has it, or is the sender".to_owned(),
    }
}

/// What the fields of a transaction hold, as typed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Draft {
    sender: String,
    receiver: String,
    amount: String,
}
