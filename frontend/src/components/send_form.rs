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
use crate::worker::pasted;

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
        let amount = typed(&self.amount)?;
        let fee = if pasted::trimmed(&self.fee).is_empty() { Amount::ZERO } else { typed(&self.fee)? };
        amount.checked_add(fee)
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
        use_effect_with(action.numbered_answer(), move |(_, answer)| match answer {
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
                        hint={echo(&draft.amount, || format!("{} can be spent now", format::coins(props.spendable)))}
                        value={draft.amount.clone()}
                        oninput={change(|draft, text| draft.amount = text)}
                        refusal={action.refusal(Field::Amount)}
                        input={inputs.amount.clone()}
                    />
                    <TextField
                        id="fee" label="Fee" decimal=true unit="coins"
                        hint={echo(&draft.fee, || "For the miner; more is mined sooner".to_owned())}
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

fn typed(text: &str) -> Option<Amount> {
    Amount::from_typed(&pasted::line(text)).ok()
}

/// What a number is read as, where it was not typed as the app writes it; else the usual hint.
fn echo(text: &str, usual: impl FnOnce() -> String) -> String {
    match typed(text) {
        Some(amount) if text.trim().contains(|letter: char| !letter.is_ascii_digit() && letter != '.') => {
            format!("Read as {}", format::coins_named(amount))
        }
        _ => usual(),
    }
}

/// Whose address it is, where it is a contact's; and that the name is the owner's word alone.
fn known(contacts: &[ContactView], receiver: &str) -> String {
    let receiver = pasted::address(receiver);
    let contact = contacts.iter().find(|contact| contact.address == receiver);
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
            <Go {to} class="link">{ "The payment " }<code translate="no">{ id.short() }</code></Go>
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
        assert_eq!(known(&contacts, " Tab1bob "), "The address that you call bob; a name proves nothing");
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
        assert_eq!(draft("1,5", "\u{200b}0,1 ").total(), Some(Amount::from_units(1_600_000)));
    }

    #[test]
    fn a_number_is_said_back_where_it_was_typed_in_another_way_than_the_app_writes_it() {
        let said = |text| echo(text, || "usual".to_owned());
        assert_eq!(said("1,5"), "Read as 1.5 coins");
        assert_eq!(said("12 345"), "Read as 12\u{202f}345 coins");
        for usual in ["1.5", " 4 ", "", "much", "1,500"] {
            assert_eq!(said(usual), "usual", "{usual}");
        }
    }
}
