//! A command whose answer a form waits for.

use yew::prelude::*;

use crate::node::handle::{Answer, Command, Field};
use crate::node::use_node;
use shared::Receipt;

/// The state of one form: idle, waiting, or answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    busy: UseStateHandle<bool>,
    answer: UseStateHandle<Option<Answer>>,
    run: Callback<Command>,
}

impl Action {
    /// Sends a command; its answer replaces the one before.
    pub fn run(&self, command: Command) {
        self.run.emit(command);
    }

    /// Whether an answer is on its way.
    pub fn is_busy(&self) -> bool {
        *self.busy
    }

    /// The last answer.
    pub fn answer(&self) -> Option<&Answer> {
        self.answer.as_ref()
    }

    /// The receipt for a field, where the last answer refused it.
    pub fn refusal(&self, field: Field) -> Option<Receipt> {
        let Some(Answer::Refused(refusals)) = self.answer() else {
            return None;
        };
        let refusal = refusals.iter().find(|refusal| refusal.field == field)?;
        Some(refusal.receipt.clone())
    }
}

/// An [`Action`] of this tab's node.
#[hook]
pub fn use_action() -> Action {
    let (_, node) = use_node();
    let busy = use_state_eq(|| false);
    let answer = use_state_eq(|| None::<Answer>);
    let run = {
        let (busy, answer) = (busy.setter(), answer.setter());
        use_callback(node, move |command: Command, node| {
            let (busy, answer, node) = (busy.clone(), answer.clone(), node.clone());
            busy.set(true);
            yew::platform::spawn_local(async move {
                answer.set(Some(node.command(command).await));
                busy.set(false);
            });
        })
    };
    Action { busy, answer, run }
}
