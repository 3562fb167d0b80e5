//! A command whose answer a form waits for.

use yew::prelude::*;

use crate::node::handle::{Answer, Command, Field};
use crate::node::use_node;
use shared::Receipt;

/// The state of one form: idle, waiting, or answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    busy: UseStateHandle<bool>,
    /// The last answer, and which one it is: the same words twice are two answers.
    answer: UseStateHandle<(u64, Option<Answer>)>,
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
        self.answer.1.as_ref()
    }

    /// The last answer with its number, for an effect that must follow each of them.
    pub fn numbered_answer(&self) -> (u64, Option<Answer>) {
        (*self.answer).clone()
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
    let answer = use_state_eq(|| (0, None::<Answer>));
    let answers = use_mut_ref(|| 0_u64);
    let run = {
        let (busy, answer) = (busy.setter(), answer.setter());
        use_callback(node, move |command: Command, node| {
            let (busy, answer, node, answers) = (busy.clone(), answer.clone(), node.clone(), answers.clone());
            busy.set(true);
            yew::platform::spawn_local(async move {
                let next = node.command(command).await;
                *answers.borrow_mut() += 1;
                let number = *answers.borrow();
                answer.set((number, Some(next)));
                busy.set(false);
            });
        })
    };
    Action { busy, answer, run }
}
