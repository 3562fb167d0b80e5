//! The form that connects to a node.

use web_sys::SubmitEvent;
use yew::prelude::*;

use super::field::TextField;
use crate::hooks::{focus, use_action};
use crate::node::handle::{Answer, Command, Field};

/// An id or a URL of a node, and the button. A refusal stands under the field and keeps what was typed.
#[component]
pub fn ConnectForm() -> Html {
    let typed = use_state_eq(String::new);
    let action = use_action();
    let input = use_node_ref();
    {
        let (typed, input) = (typed.setter(), input.clone());
        use_effect_with(action.numbered_answer(), move |(_, answer)| match answer {
            Some(Answer::Connected(_)) => typed.set(String::new()),
            Some(Answer::Refused(_)) => focus(&input),
            _ => {}
        });
    }
    let onsubmit = {
        let (action, typed) = (action.clone(), typed.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if !action.is_busy() {
                action.run(Command::Connect((*typed).clone()));
            }
        })
    };
    let oninput = {
        let typed = typed.setter();
        Callback::from(move |text| typed.set(text))
    };
    let refusal = action.refusal(Field::Node).or_else(|| action.refusal(Field::Form));
    html! {
        <form {onsubmit} novalidate=true>
            <div class="form-line">
                <TextField
                    id="node" label="Node id or URL" code=true
                    hint="The 32 digits of its id, or a URL with them in it, such as http://…/nodes/ID"
                    value={(*typed).clone()} {oninput} {refusal} {input}
                />
                <button type="submit" class="btn quiet" aria-disabled={action.is_busy().then_some("true")}>{ "Connect" }</button>
            </div>
            <p class="hint" role="status">
                if action.is_busy() { { "Asking for it…" } }
                if let Some(Answer::Connected(name)) = action.answer() {
                    { "Connected to " }<bdi translate="no" class="strong">{ name }</bdi>{ "." }
                }
            </p>
        </form>
    }
}
