//! An encrypted file of everything that this browser keeps for its owner.

use web_sys::SubmitEvent;
use yew::prelude::*;

use super::card::Card;
use super::field::TextField;
use super::meter::Meter;
use super::receipt::ReceiptTable;
use super::save::save;
use super::strength::{KEY_TAKES_LONG, strength};
use crate::hooks::use_action;
use crate::node::handle::{Answer, Command, Field, IdentityCommand, Secret};
use crate::node::use_node;
use shared::Receipt;

const MEDIA_TYPE: &str = "application/octet-stream";

/// What became of the file.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    None,
    Saved(String),
    Refused(Receipt),
}

/// A password, twice, and the button that saves the file.
#[component]
pub fn BackupFileCard() -> Html {
    let (_, node) = use_node();
    let typed = use_state_eq(|| [String::new(), String::new()]);
    let differ = use_state_eq(|| false);
    let outcome = use_state_eq(|| Outcome::None);
    let action = use_action();
    {
        let (outcome, typed) = (outcome.setter(), typed.setter());
        use_effect_with(action.answer().cloned(), move |answer| {
            if let Some(Answer::BackupFile { name, bytes, ids }) = answer {
                outcome.set(match save(name, bytes, MEDIA_TYPE) {
                    Ok(()) => {
                        node.tell(Command::Identity(IdentityCommand::BackupSaved(ids.clone())));
                        typed.set([String::new(), String::new()]);
                        Outcome::Saved(name.clone())
                    }
                    Err(receipt) => Outcome::Refused(receipt),
                });
            }
        });
    }
    let change = |at: usize| {
        let (typed, differ) = (typed.clone(), differ.setter());
        Callback::from(move |text| {
            let mut next = (*typed).clone();
            next[at] = text;
            typed.set(next);
            differ.set(false);
        })
    };
    let onsubmit = {
        let (action, typed, differ, outcome) = (action.clone(), typed.clone(), differ.setter(), outcome.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let [password, again] = &*typed;
            outcome.set(Outcome::None);
            differ.set(password != again);
            if password == again && !action.is_busy() {
                let password = Secret(password.clone());
                action.run(Command::Identity(IdentityCommand::WriteBackup { password }));
            }
        })
    };
    let (word, is_taken) = strength(&typed[0]);
    let warns = !typed[0].is_empty() && !is_taken;
    let hint = if typed[0].is_empty() { "At least 8 characters. Nobody can bring it back." } else { word };
    let unequal = differ.then(|| Receipt::new("password", "the same password twice", "two different ones"));
    html! {
        <Card title="Back up to a file">
            <p>{ "An encrypted file of all identities of this browser: keys, names, contacts and rooms." }</p>
            <form class="form" {onsubmit} novalidate=true>
                <TextField
                    id="backup-password" label="Password" password=true value={typed[0].clone()} oninput={change(0)}
                    {hint} {warns} refusal={action.refusal(Field::Password)}
                />
                <TextField
                    id="backup-again" label="Password again" password=true value={typed[1].clone()} oninput={change(1)}
                    refusal={unequal}
                />
                if let Some(receipt) = action.refusal(Field::Form) { <ReceiptTable {receipt} alert=true /> }
                <div class="actions start">
                    <button type="submit" class="btn quiet" aria-disabled={action.is_busy().then_some("true")}>{ "Save the file" }</button>
                </div>
                if action.is_busy() { <Meter label="Encrypting the backup" /> }
                <p class="hint" role="status">
                    { match &*outcome {
                        Outcome::Saved(name) => format!("Saved as {name}. Keep a copy where this computer is not."),
                        _ if action.is_busy() => KEY_TAKES_LONG.to_owned(),
                        _ => String::new(),
                    } }
                </p>
                if let Outcome::Refused(receipt) = &*outcome { <ReceiptTable receipt={receipt.clone()} alert=true /> }
            </form>
        </Card>
    }
}
