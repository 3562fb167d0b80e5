//! Identities brought back from 24 words or from a file.

use web_sys::{File, HtmlTextAreaElement, SubmitEvent};
use yew::prelude::*;

use super::card::Card;
use super::field::TextField;
use super::file_field::{file_field, read};
use super::meter::Meter;
use super::receipt::ReceiptTable;
use super::strength::KEY_TAKES_LONG;
use crate::format;
use crate::hooks::{Action, use_action};
use crate::node::handle::{Answer, Command, Field, IdentityCommand, Secret};
use crate::node::use_node;
use crate::node::view::{RestoredView, Standing};
use shared::Receipt;
use shared::backup::FILE_BYTES_MAX;

/// Two forms, and what came of the one that was used.
pub fn restore_card() -> Html {
    html! {
        <Card title="Restore">
            <p>{ "Bring an identity back that was backed up, here or in another browser. What this browser has stays." }</p>
            <WordsForm />
            <FileForm />
        </Card>
    }
}

#[component]
fn WordsForm() -> Html {
    let typed = use_state_eq(String::new);
    let action = use_action();
    {
        let typed = typed.setter();
        use_effect_with(action.answer().cloned(), move |answer| {
            if let Some(Answer::Restored(_)) = answer {
                typed.set(String::new());
            }
        });
    }
    let oninput = {
        let typed = typed.setter();
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                typed.set(area.value());
            }
        })
    };
    let onsubmit = {
        let (action, typed) = (action.clone(), typed.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if !action.is_busy() {
                action.run(Command::Identity(IdentityCommand::RestoreWords(Secret((*typed).clone()))));
            }
        })
    };
    let refusal = action.refusal(Field::Words);
    html! {
        <form class="form" {onsubmit} novalidate=true>
            <div class={classes!("field", refusal.is_some().then_some("refused"))}>
                <label for="restore-words">{ "24 words" }</label>
                <textarea
                    id="restore-words" rows="3" translate="no" autocomplete="off" autocapitalize="off" spellcheck="false"
                    aria-invalid={refusal.is_some().then_some("true")}
                    aria-describedby={refusal.is_some().then_some("restore-words-receipt")}
                    value={(*typed).clone()} {oninput}
                />
                if let Some(receipt) = refusal { <ReceiptTable {receipt} id="restore-words-receipt" alert=true /> }
            </div>
            { outcome(&action) }
            <div class="actions start">
                <button type="submit" class="btn quiet" aria-disabled={action.is_busy().then_some("true")}>{ "Restore from words" }</button>
            </div>
        </form>
    }
}

#[component]
fn FileForm() -> Html {
    let file = use_state_eq(|| None::<File>);
    let password = use_state_eq(String::new);
    let unread = use_state_eq(|| None::<Receipt>);
    let action = use_action();
    {
        let password = password.setter();
        use_effect_with(action.answer().cloned(), move |answer| {
            if let Some(Answer::Restored(_)) = answer {
                password.set(String::new());
            }
        });
    }
    let onpick = {
        let (file, unread) = (file.setter(), unread.setter());
        Callback::from(move |picked| {
            file.set(picked);
            unread.set(None);
        })
    };
    let oninput = {
        let password = password.setter();
        Callback::from(move |text| password.set(text))
    };
    let onsubmit = {
        let (action, file, password, unread) = (action.clone(), file.clone(), password.clone(), unread.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if action.is_busy() {
                return;
            }
            let Some(file) = (*file).clone() else {
                unread.set(Some(Receipt::new("backup file", "a file", "none was chosen")));
                return;
            };
            let (action, unread, password) = (action.clone(), unread.clone(), Secret((*password).clone()));
            yew::platform::spawn_local(async move {
                match read(&file, FILE_BYTES_MAX).await {
                    Ok(file) => action.run(Command::Identity(IdentityCommand::RestoreFile { file, password })),
                    Err(receipt) => unread.set(Some(receipt)),
                }
            });
        })
    };
    html! {
        <form class="form restore-file" {onsubmit} novalidate=true>
            { file_field(
                ["restore-file", "Backup file", ".tabcoin,.bin,application/octet-stream"],
                onpick,
                (*unread).clone().or_else(|| action.refusal(Field::File)),
            ) }
            <TextField
                id="restore-password" label="Its password" password=true value={(*password).clone()} {oninput}
                refusal={action.refusal(Field::Password)}
            />
            { outcome(&action) }
            <p class="hint" role="status">if action.is_busy() { { KEY_TAKES_LONG } }</p>
            <div class="actions start">
                <button type="submit" class="btn quiet" aria-disabled={action.is_busy().then_some("true")}>{ "Restore from the file" }</button>
            </div>
        </form>
    }
}

/// Progress, the refusal, or what is back.
fn outcome(action: &Action) -> Html {
    if action.is_busy() {
        return html! { <Meter label="Opening the backup" /> };
    }
    match action.answer() {
        Some(Answer::Restored(views)) => html! {
            <div role="status">
                <p class="good strong">{ format!("In this browser: {}", format::count(views.len() as u64, "identity", "identities")) }</p>
                <ul class="others">
                    { for views.iter().map(|view| html! { <Back key={view.id.clone()} view={view.clone()} /> }) }
                </ul>
            </div>
        },
        Some(Answer::Refused(_)) => action
            .refusal(Field::Form)
            .map(|receipt| html! { <ReceiptTable {receipt} alert=true /> })
            .unwrap_or_default(),
        _ => Html::default(),
    }
}

/// Properties of [`Back`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct BackProps {
    view: RestoredView,
}

/// An identity that is back, and the button that makes this tab it.
#[component]
fn Back(props: &BackProps) -> Html {
    let (_, node) = use_node();
    let refused = use_state_eq(|| None::<Receipt>);
    let RestoredView { id, name, standing } = &props.view;
    let become_it = {
        let (refused, id) = (refused.setter(), id.clone());
        Callback::from(move |_| {
            let (node, refused, id) = (node.clone(), refused.clone(), id.clone());
            yew::platform::spawn_local(async move { refused.set(node.become_identity(id).await.err()) });
        })
    };
    html! {
        <li class="other">
            <span><bdi translate="no" class="strong">{ name }</bdi>{ " " }<code translate="no" class="faint" title={id.clone()}>{ format::short(id) }</code></span>
            { match standing {
                Standing::ThisTab => html! { <span class="good">{ "this tab is it" }</span> },
                Standing::AnotherTab => html! { <span class="soft">{ "open in another tab of this browser: go on there" }</span> },
                Standing::WasHere | Standing::Restored => html! {
                    <button type="button" class="btn" onclick={become_it}>{ format!("Become {name}") }</button>
                },
            } }
            if let Some(receipt) = &*refused { <ReceiptTable receipt={receipt.clone()} alert=true /> }
        </li>
    }
}
