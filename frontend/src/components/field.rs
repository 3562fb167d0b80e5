//! A labelled text field with its receipt.

use shared::Receipt;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::receipt::ReceiptTable;
use crate::hooks::focus;
use crate::node::handle::{Field, FieldRefusal};

/// Properties of [`TextField`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TextFieldProps {
    /// The input's id; the receipt's is made from it.
    pub id: AttrValue,
    /// The label.
    pub label: AttrValue,
    /// What it holds.
    pub value: AttrValue,
    /// Told of every change.
    pub oninput: Callback<String>,
    /// One line under the field on what to write.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// Whether that line says what is still wrong.
    #[prop_or_default]
    pub warns: bool,
    /// What stands behind the value: "coins".
    #[prop_or_default]
    pub unit: Option<AttrValue>,
    /// Whether a phone shows its keys for decimals.
    #[prop_or_default]
    pub decimal: bool,
    /// Whether it holds an id or an address: shown in the font for them.
    #[prop_or_default]
    pub code: bool,
    /// Whether what it holds is hidden.
    #[prop_or_default]
    pub password: bool,
    /// Why the value was refused.
    #[prop_or_default]
    pub refusal: Option<Receipt>,
    /// For whoever moves the focus here.
    #[prop_or_default]
    pub input: NodeRef,
}

/// A labelled text field. Its refusal stands under it, describes it, and keeps what was typed.
#[component]
pub fn TextField(props: &TextFieldProps) -> Html {
    let oninput = {
        let oninput = props.oninput.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                oninput.emit(input.value());
            }
        })
    };
    let hint_id = format!("{}-hint", props.id);
    let receipt_id = format!("{}-receipt", props.id);
    let described: Vec<&str> =
        [props.refusal.is_some().then_some(receipt_id.as_str()), props.hint.is_some().then_some(hint_id.as_str())]
            .into_iter()
            .flatten()
            .collect();
    html! {
        <div class={classes!("field", props.refusal.is_some().then_some("refused"))}>
            <label for={props.id.clone()}>{ props.label.clone() }</label>
            <div class="field-box">
                <input
                    ref={props.input.clone()}
                    id={props.id.clone()}
                    type={if props.password { "password" } else { "text" }}
                    class={props.code.then_some("code")}
                    value={props.value.clone()}
                    inputmode={props.decimal.then_some("decimal")}
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    aria-invalid={props.refusal.is_some().then_some("true")}
                    aria-describedby={(!described.is_empty()).then(|| described.join(" "))}
                    {oninput}
                />
                if let Some(unit) = &props.unit {
                    <span class="field-unit" aria-hidden="true">{ unit }</span>
                }
            </div>
            if let Some(hint) = &props.hint {
                <p class={classes!("hint", props.warns.then_some("bad"))} id={hint_id.clone()}>{ hint }</p>
            }
            if let Some(receipt) = &props.refusal {
                <ReceiptTable receipt={receipt.clone()} id={receipt_id.clone()} />
            }
        </div>
    }
}

/// Focuses the first of a form's inputs, in the order they are read, that was refused.
pub(super) fn focus_first_refused(refusals: &[FieldRefusal], inputs: &[(Field, NodeRef)]) {
    let first = inputs.iter().find(|(field, _)| refusals.iter().any(|refusal| refusal.field == *field));
    if let Some((_, input)) = first {
        focus(input);
    }
}
