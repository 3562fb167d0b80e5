//! The form that pays.

use shared::{Amount, TransactionId};
use web_sys::SubmitEvent;
use yew::prelude::*;

use super::card::Card;
use super::contact_picker::ContactPicker;
use super::field::{TextField, focus_first_refused};
use super::link::Go;
use super::receipt::ReceiptTable;
use crate::format;
use crate::hooks::{Action, use_action};
use crate::node::handle::{Answer, Command, Field};
use crate::node::view::ContactView;
use crate::route::Route;

/// What a payment's fields hold, as typed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Draft {
    receiver: String,
    amount: String,
    fee: String,
    memo: String,
}

impl Draft {
    /// Amount and fee together, where both can be read.
    fn total(&self) -> Option<Amount> {
        let amount = Amount::from_typed(&self.amount).ok()?;
        if self.fee.trim().is_empty() {
            return Some(amount);
        }
        amount.checked_add(Amount::from_typed(&self.fee).ok()?)
    }

    fn command(&self) -> Command {
        Command::Send {
            receiver: self.receiver.clone(),
            amount: self.amount.clone(),
            fee: self.fee.clone(),
            memo: self.memo.clone(),
        }
    }
}

/// Properties of [`SendForm`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SendFormProps {
    /// What can be sent now.
    pub spendable: Amount,
    /// Whom the receiver can be picked from.
    #[prop_or_default]
    pub contacts: Vec<ContactView>,
}

/// Receiver, amount, fee, memo. A refusal stands under its field and keeps what was typed; once a payment is taken, the
/// fields are empty and it is linked.
#[component]
pub fn SendForm(props: &SendFormProps) -> Html {
    let draft = use_state_eq(Draft::default);
    let action = use_action();
    let inputs = Inputs { receiver: use_node_ref(), amount: use_node_ref(), fee: use_node_ref(), memo: use_node_ref() };
    {
        let draft = draft.setter();
        let inputs = inputs.clone();
        use_effect_with(action.answer().cloned(), move |answer| match answer {
            Some(Answer::Sent(_)) => draft.set(Draft::default()),
            Some(Answer::Refused(refusals)) => focus_first_refused(refusals, &inputs.in_order()),
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
                action.run(draft.command());
            }
        })
    };
    html! {
        <Card title="Send">
            <form class="form" {onsubmit} novalidate=true>
                <TextField
                    id="receiver" label="Receiver" code=true hint={known(&props.contacts, &draft.receiver)}
                    value={draft.receiver.clone()}
                    oninput={change(|draft, text| draft.receiver = text)}
                    refusal={action.refusal(Field::Receiver)}
                    input={inputs.receiver.clone()}
                />
                if !props.contacts.is_empty() {
                    <ContactPicker
                        contacts={props.contacts.clone()}
                        pick={change(|draft, address| draft.receiver = address)}
                    />
                }
                <div class="form-pair">
                    <TextField
                        id="amount" label="Amount" decimal=true unit="coins"
                        hint={format!("{} can be spent now", format::coins(props.spendable))}
                        value={draft.amount.clone()}
                        oninput={change(|draft, text| draft.amount = text)}
                        refusal={action.refusal(Field::Amount)}
                        input={inputs.amount.clone()}
                    />
                    <TextField
                        id="fee" label="Fee" decimal=true unit="coins"
                        hint="For the miner; more is mined sooner"
                        value={draft.fee.clone()}
                        oninput={change(|draft, text| draft.fee = text)}
                        refusal={action.refusal(Field::Fee)}
                        input={inputs.fee.clone()}
                    />
                </div>
                <TextField
                    id="memo" label="Memo (optional)" hint="At most 64 bytes, in the chain for all to read"
                    value={draft.memo.clone()}
                    oninput={change(|draft, text| draft.memo = text)}
                    refusal={action.refusal(Field::Memo)}
                    input={inputs.memo.clone()}
                />
                <p class="total">
                    <span class="soft">{ "Leaves this wallet" }</span>
                    <span class="strong">{ draft.total().map_or_else(|| "–".to_owned(), format::coins_named) }</span>
                </p>
                <Outcome action={action.clone()} />
                <div class="actions">
                    <button type="submit" class="btn" aria-disabled={action.is_busy().then_some("true")}>{ "Send" }</button>
                </div>
            </form>
        </Card>
    }
}

/// The form's inputs, to move the focus among them.
#[derive(Clone)]
struct Inputs {
    receiver: NodeRef,
    amount: NodeRef,
    fee: NodeRef,
    memo: NodeRef,
}

impl Inputs {
    /// The inputs in the order they are read.
    fn in_order(&self) -> [(Field, NodeRef); 4] {
        [
            (Field::Receiver, self.receiver.clone()),
            (Field::Amount, self.amount.clone()),
            (Field::Fee, self.fee.clone()),
            (Field::Memo, self.memo.clone()),
        ]
    }
}

/// Properties of [`Outcome`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct OutcomeProps {
    action: Action,
}

/// What came of the payment: taken, with its link, or refused for a reason that is no field's.
#[component]
fn Outcome(props: &OutcomeProps) -> Html {
    html! {
        <div role="status">
            if let Some(Answer::Sent(id)) = props.action.answer() {
                { sent(id) }
            }
            if let Some(receipt) = props.action.refusal(Field::Form) {
                <ReceiptTable {receipt} />
            }
        </div>
    }
}

/// Whose address it is, where it is a contact's; and that the name is the owner's word alone.
fn known(contacts: &[ContactView], receiver: &str) -> String {
    let contact = contacts.iter().find(|contact| contact.address == receiver.trim());
    contact.map_or_else(
        || "An address of this room".to_owned(),
        |contact| format!("The address that you call {}; a name proves nothing", contact.name),
    )
}

fn sent(id: &TransactionId) -> Html {
    let to = Route::Transaction { id: id.to_string() };
    html! {
        <p class="sent">
            { "Sent. " }
            <Go {to} class="link">{ "The payment " }<code>{ id.short() }</code></Go>
            { " waits for a block." }
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_s_address_is_said_to_be_what_the_owner_calls_so() {
        let contacts = [ContactView { name: "bob".to_owned(), address: "tab1bob".to_owned() }];
        assert_eq!(known(&contacts, " tab1bob "), "The address that you call bob; a name proves nothing");
        assert_eq!(known(&contacts, "tab1eve"), "An address of this room");
    }

    #[test]
    fn the_total_needs_an_amount_and_takes_no_fee_for_none() {
        let draft =
            |amount: &str, fee: &str| Draft { amount: amount.to_owned(), fee: fee.to_owned(), ..Draft::default() };
        assert_eq!(draft("4", "0.1").total(), Some(Amount::from_units(4_100_000)));
        assert_eq!(draft("4", " ").total(), Some(Amount::from_coins(4)));
        assert_eq!(draft("", "0.1").total(), None);
        assert_eq!(draft("4", "much").total(), None);
    }
}
