//! The identities of this browser: which there are, and what can be done with each.

use web_sys::SubmitEvent;
use yew::prelude::*;

use super::ago::Ago;
use super::card::Card;
use super::field::TextField;
use super::meter::Meter;
use super::new_node::NewNode;
use super::receipt::ReceiptTable;
use crate::format;
use crate::hooks::{View, focus, use_action};
use crate::node::handle::{Answer, Command, Field, Found, IdentityCommand, Query};
use crate::node::view::{Holder, IdentityRow};
use crate::node::{use_node, use_query};
use shared::Receipt;

/// How many are shown at first, and how many more at each press.
const SHOWN: u32 = 20;

/// Properties of [`IdentityList`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct IdentityListProps {
    /// The node.
    pub view: View,
}

/// The list, most recently used first after this tab's own.
#[component]
pub fn IdentityList(props: &IdentityListProps) -> Html {
    let view = &props.view;
    let count = use_state_eq(|| SHOWN);
    let changes = use_state_eq(|| 0_u32);
    let identity = &view.identity;
    let moves_with = (
        *changes,
        identity.name.clone(),
        identity.others.clone(),
        (identity.others_total, identity.is_backed_up, view.wallet.balance),
    );
    let found = use_query(Query::Identities { count: *count }, moves_with);
    let changed = {
        let changes = changes.clone();
        Callback::from(move |()| changes.set(*changes + 1))
    };
    let more = {
        let count = count.clone();
        Callback::from(move |_| count.set(*count + SHOWN))
    };
    let (list, total) = match &found {
        None => (html! { <Meter label="Reading the identities" /> }, 0),
        Some(Found::Identities { rows, total }) => {
            let rows = rows.iter().map(|row| {
                html! { <Identity key={row.id.clone()} row={row.clone()} changed={changed.clone()} /> }
            });
            (html! { <ul class="identities">{ for rows }</ul> }, *total)
        }
        Some(Found::Nothing(receipt)) => (html! { <ReceiptTable receipt={receipt.clone()} alert=true /> }, 0),
        Some(_) => (Html::default(), 0),
    };
    html! {
        <Card
            title="Identities of this browser"
            aside={html! { <span class="soft" data-testid="identity-count">{ format::count(total.into(), "identity", "identities") }</span> }}
        >
            <p class="soft">
                { "Each is a node with a name, keys and coins of its own. A new tab opens the one used last that is not open already." }
            </p>
            { list }
            <div class="actions start">
                if total > *count {
                    <button type="button" class="btn quiet" onclick={more}>{ "Show more" }</button>
                }
                <NewNode room={view.room.name.clone()} class="btn quiet">{ "Start as a new node" }</NewNode>
            </div>
        </Card>
    }
}

/// What is open under an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Panel {
    Nothing,
    Rename,
    Forget,
}

/// Properties of [`Identity`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct IdentityProps {
    row: IdentityRow,
    changed: Callback<()>,
}

#[component]
fn Identity(props: &IdentityProps) -> Html {
    let (_, node) = use_node();
    let row = &props.row;
    let panel = use_state_eq(|| Panel::Nothing);
    let (rename, forget) = (use_node_ref(), use_node_ref());
    let refused = use_state_eq(|| None::<Receipt>);
    let become_it = {
        let (refused, id) = (refused.setter(), row.id.clone());
        Callback::from(move |_| {
            let (node, refused, id) = (node.clone(), refused.clone(), id.clone());
            yew::platform::spawn_local(async move { refused.set(node.become_identity(id).await.err()) });
        })
    };
    let toggle = |to: Panel| {
        let panel = panel.clone();
        Callback::from(move |_| panel.set(if *panel == to { Panel::Nothing } else { to }))
    };
    let close = {
        let opener = if *panel == Panel::Rename { rename.clone() } else { forget.clone() };
        let (panel, changed) = (panel.setter(), props.changed.clone());
        Callback::from(move |()| {
            // The button that was pressed goes with its panel; the one that opened it stays.
            focus(&opener);
            panel.set(Panel::Nothing);
            changed.emit(());
        })
    };
    let label = format!("{} {}", row.name, format::short(&row.id));
    let expanded = |of: Panel| if *panel == of { "true" } else { "false" };
    let opens = |text: &'static str, of: Panel, opener: &NodeRef| {
        html! {
            <button
                type="button" class="text-button" aria-label={format!("{text} {label}")}
                aria-expanded={expanded(of)} onclick={toggle(of)} ref={opener}
            >{ text }</button>
        }
    };
    html! {
        <li class="identity" data-testid="identity">
            <div class="identity-who">
                <p class="identity-name">
                    <bdi translate="no" class="strong">{ &row.name }</bdi>
                    <code translate="no" class="faint" title={row.id.clone()}>{ format::short(&row.id) }</code>
                    { holder(row.holder) }
                </p>
                <p class="soft">
                    { format::coins_named(row.balance) }{ " in this room · " }
                    { if row.is_backed_up { "backed up" } else { "not backed up" } }
                    if row.holder != Holder::ThisTab {
                        { " · last used " }<Ago ms={row.last_used_ms} sentence=true />
                    }
                </p>
            </div>
            <div class="identity-actions">
                if row.holder == Holder::Nobody {
                    <button type="button" class="text-button" aria-label={format!("Use in this tab {label}")} onclick={become_it}>
                        { "Use in this tab" }
                    </button>
                }
                if row.holder != Holder::AnotherTab { { opens("Rename", Panel::Rename, &rename) } }
                if row.holder == Holder::Nobody { { opens("Forget", Panel::Forget, &forget) } }
            </div>
            if let Some(receipt) = &*refused { <ReceiptTable receipt={receipt.clone()} alert=true /> }
            { match *panel {
                Panel::Nothing => Html::default(),
                Panel::Rename => html! { <Rename row={row.clone()} done={close} /> },
                Panel::Forget => html! { <Forget row={row.clone()} done={close} /> },
            } }
        </li>
    }
}

fn holder(holder: Holder) -> Html {
    match holder {
        Holder::Nobody => Html::default(),
        Holder::ThisTab => html! { <span class="tag own">{ "this tab" }</span> },
        Holder::AnotherTab => html! { <span class="tag good">{ "open in another tab" }</span> },
    }
}

/// Properties of [`Rename`] and [`Forget`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct PanelProps {
    row: IdentityRow,
    /// Told when it is done.
    done: Callback<()>,
}

#[component]
fn Rename(props: &PanelProps) -> Html {
    let IdentityRow { id, name, holder, .. } = &props.row;
    let typed = use_state_eq(|| name.clone());
    let action = use_action();
    use_done(action.answer(), &props.done);
    let onsubmit = {
        let (action, typed, id, is_own) = (action.clone(), typed.clone(), id.clone(), *holder == Holder::ThisTab);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let name = (*typed).clone();
            action.run(match is_own {
                true => Command::Rename(name),
                false => Command::Identity(IdentityCommand::Rename { id: id.clone(), name }),
            });
        })
    };
    let oninput = {
        let typed = typed.setter();
        Callback::from(move |text| typed.set(text))
    };
    html! {
        <form class="form-line identity-panel" {onsubmit} novalidate=true>
            <TextField
                id={format!("rename-{id}")} label={format!("New name of {name}")} value={(*typed).clone()} {oninput}
                refusal={action.refusal(Field::Name).or_else(|| action.refusal(Field::Form))}
            />
            <button type="submit" class="btn quiet">{ "Save name" }</button>
        </form>
    }
}

/// What is lost, and the button that loses it.
#[component]
fn Forget(props: &PanelProps) -> Html {
    let IdentityRow { id, name, is_backed_up, balance, other_rooms, .. } = &props.row;
    let action = use_action();
    use_done(action.answer(), &props.done);
    let forget = {
        let (action, id) = (action.clone(), id.clone());
        Callback::from(move |_| action.run(Command::Identity(IdentityCommand::Forget(id.clone()))))
    };
    let keep = {
        let done = props.done.clone();
        Callback::from(move |_| done.emit(()))
    };
    let question = format!("forget-{id}");
    html! {
        <div class="identity-panel">
            <p id={question.clone()}>
                if *is_backed_up {
                    { "This browser forgets its keys, contacts and settings. Its 24 words or its file bring the keys back." }
                } else {
                    if !balance.is_zero() {
                        <strong class="bad">{ format!("{} in this room will be lost for good.", format::coins_named(*balance)) }</strong>{ " " }
                    }
                    { "Its keys were never backed up, and its contacts and its name go with them. " }
                    { elsewhere(other_rooms) }
                    { " To keep it, use it in this tab and back it up first." }
                }
            </p>
            <div class="actions start">
                <button type="button" class="btn" onclick={keep}>{ format!("Keep {name}") }</button>
                <button type="button" class="btn quiet danger" aria-describedby={question} onclick={forget}>
                    { format!("Forget {name} for good") }
                </button>
            </div>
            if let Some(receipt) = action.refusal(Field::Form) { <ReceiptTable {receipt} alert=true /> }
        </div>
    }
}

/// That coins in other rooms are lost too: this room's node knows nothing of them.
fn elsewhere(rooms: &[String]) -> String {
    match rooms {
        [] => "Coins that it has in other rooms are not counted here, and are lost too.".to_owned(),
        [room] => format!("It was in room {room} too: coins there are not counted here, and are lost too."),
        [rooms @ .., last] => {
            let rooms = rooms.join(", ");
            format!("It was in rooms {rooms} and {last} too: coins there are not counted here, and are lost too.")
        }
    }
}

/// Tells `done` once the answer is that it is.
#[hook]
fn use_done(answer: Option<&Answer>, done: &Callback<()>) {
    let done = done.clone();
    use_effect_with(answer.cloned(), move |answer| {
        if *answer == Some(Answer::Done) {
            done.emit(());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_rooms_are_named_where_they_are_known() {
        let said = |rooms: &[&str]| elsewhere(&rooms.iter().map(|&room| room.to_owned()).collect::<Vec<_>>());
        assert!(said(&[]).contains("in other rooms"));
        assert!(said(&["exam"]).starts_with("It was in room exam too"));
        assert!(said(&["a", "b", "c"]).starts_with("It was in rooms a, b and c too"));
    }
}
