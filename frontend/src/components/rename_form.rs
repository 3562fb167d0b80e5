//! The form that renames this node.

use web_sys::SubmitEvent;
use yew::prelude::*;

use super::field::TextField;
use crate::hooks::{focus, use_action};
use crate::node::handle::{Answer, Command, Field};

/// Properties of [`RenameForm`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct RenameFormProps {
    /// The name it has.
    pub name: AttrValue,
}

/// A name for this node. A refusal stands under the field.
#[component]
pub fn RenameForm(props: &RenameFormProps) -> Html {
    let typed = use_state_eq(|| None::<String>);
    let action = use_action();
    let input = use_node_ref();
    {
        let (typed, input) = (typed.setter(), input.clone());
        use_effect_with(action.numbered_answer(), move |(_, answer)| match answer {
            Some(Answer::Done) => typed.set(None),
            Some(Answer::Refused(_)) => focus(&input),
            _ => {}
        });
    }
    let value = typed.as_ref().map_or_else(|| props.name.clone(), |typed| typed.clone().into());
    let onsubmit = {
        let (action, value) = (action.clone(), value.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if !action.is_busy() {
                action.run(Command::Rename(value.to_string()));
            }
        })
    };
    let oninput = {
        let typed = typed.setter();
        Callback::from(move |text| typed.set(Some(text)))
    };
    let refusal = action.refusal(Field::Name).or_else(|| action.refusal(Field::Form));
    html! {
        <form {onsubmit} novalidate=true>
            <div class="form-line">
                <TextField id="name" label="Name" {value} {oninput} {refusal} {input} />
                <button type="submit" class="btn quiet">{ "Rename" }</button>
            </div>
            <p class="hint" role="status">
                if action.answer() == Some(&Answer::Done) { { "Renamed. The other nodes are being told." } }
            </p>
        </form>
    }
}
