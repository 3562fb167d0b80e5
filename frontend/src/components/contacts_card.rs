//! Names for other people's addresses.

use web_sys::SubmitEvent;
use yew::prelude::*;

use super::card::Card;
use super::field::{TextField, focus_first_refused};
use super::link::Go;
use super::notice::Empty;
use super::receipt::ReceiptTable;
use super::value::Whole;
use crate::hooks::use_action;
use crate::node::handle::{Answer, Command, Field};
use crate::node::use_node;
use crate::node::view::ContactView;
use crate::route::Route;

/// Properties of [`ContactsCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ContactsCardProps {
    /// The contacts.
    pub contacts: Vec<ContactView>,
}

/// The contacts, and the form that adds one.
#[component]
pub fn ContactsCard(props: &ContactsCardProps) -> Html {
    let (_, node) = use_node();
    let remove = |name: &str| {
        let (node, name) = (node.clone(), name.to_owned());
        Callback::from(move |_| node.tell(Command::RemoveContact(name.clone())))
    };
    html! {
        <Card title="Contacts">
            if props.contacts.is_empty() {
                <Empty title="No contacts yet">{ "Give an address a name, and pick it when you send." }</Empty>
            }
            <ul class="contacts">
                { for props.contacts.iter().map(|contact| html! {
                    <li class="contact" key={contact.name.clone()} data-testid="contact">
                        <bdi translate="no" class="strong">{ &contact.name }</bdi>
                        <Whole text={contact.address.clone()} what={format!("the address of {}", contact.name)} />
                        <button
                            type="button" class="text-button"
                            aria-label={format!("Remove {}", contact.name)}
                            onclick={remove(&contact.name)}
                        >{ "Remove" }</button>
                    </li>
                }) }
            </ul>
            <AddForm />
            <p class="hint">
                { "These names, and the names of the nodes here, also work in " }
                <Go to={Route::Developers} class="link">{ "requests from outside" }</Go>{ "." }
            </p>
        </Card>
    }
}

/// What a contact's fields hold, as typed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Draft {
    name: String,
    address: String,
}

/// A name, an address, and the button. Refusals stand under their fields and keep what was typed.
#[component]
fn AddForm() -> Html {
    let draft = use_state_eq(Draft::default);
    let action = use_action();
    let (name, address) = (use_node_ref(), use_node_ref());
    {
        let draft = draft.setter();
        let inputs = [(Field::Contact, name.clone()), (Field::Address, address.clone())];
        use_effect_with(action.numbered_answer(), move |(_, answer)| match answer {
            Some(Answer::Done) => draft.set(Draft::default()),
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
                let Draft { name, address } = (*draft).clone();
                action.run(Command::AddContact { name, address });
            }
        })
    };
    html! {
        <form class="form" {onsubmit} novalidate=true>
            <TextField
                id="contact-name" label="Contact's name"
                value={draft.name.clone()}
                oninput={change(|draft, text| draft.name = text)}
                refusal={action.refusal(Field::Contact)}
                input={name}
            />
            <TextField
                id="contact-address" label="Contact's address" code=true
                value={draft.address.clone()}
                oninput={change(|draft, text| draft.address = text)}
                refusal={action.refusal(Field::Address)}
                input={address}
            />
            if let Some(receipt) = action.refusal(Field::Form) {
                <ReceiptTable {receipt} alert=true />
            }
            <div class="actions start">
                <button type="submit" class="btn quiet" aria-disabled={action.is_busy().then_some("true")}>{ "Add contact" }</button>
            </div>
        </form>
    }
}
