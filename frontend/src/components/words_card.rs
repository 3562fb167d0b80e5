//! The 24 words of this tab's identity: shown, written down by hand, two of them checked.
//!
//! They stand in this card's state for as long as it shows them, and nowhere else on the page.

use web_sys::SubmitEvent;
use yew::prelude::*;

use super::card::Card;
use super::field::{TextField, focus_first_refused};
use super::receipt::ReceiptTable;
use crate::hooks::{use_action, use_focus_after};
use crate::node::handle::{Answer, Command, Field, Found, IdentityCommand, Query, Secret};
use crate::node::use_node;

/// How many words a backup has.
const WORDS: u8 = shared::backup::WORDS as u8;

/// Where the card stands.
#[derive(Clone, PartialEq)]
enum Step {
    Hidden,
    Shown(Vec<Secret>),
    /// These two places are asked for.
    Checking([u8; 2]),
    Done,
}

/// Properties of [`WordsCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct WordsCardProps {
    /// The identity's name.
    pub name: AttrValue,
    /// Whether it is backed up already.
    pub is_backed_up: bool,
}

/// Shows the words on demand, and asks for two of them.
#[component]
pub fn WordsCard(props: &WordsCardProps) -> Html {
    let (_, node) = use_node();
    let step = use_state_eq(|| Step::Hidden);
    let first = use_focus_after(std::mem::discriminant(&*step));
    let to = |next: Step| {
        let step = step.setter();
        Callback::from(move |()| step.set(next.clone()))
    };
    let show = {
        let step = step.setter();
        Callback::from(move |_| {
            let (node, step) = (node.clone(), step.clone());
            yew::platform::spawn_local(async move {
                if let Found::Words(words) = node.query(Query::Words).await {
                    step.set(Step::Shown(words));
                }
            });
        })
    };
    let body = match &*step {
        Step::Hidden => html! {
            <>
                <p>
                    { "24 words are the keys of " }<bdi translate="no" class="strong">{ &props.name }</bdi>
                    { ". On paper they bring its coins back in any browser, whatever happens to this one." }
                </p>
                <div class="actions start">
                    <button
                        type="button" class={classes!("btn", props.is_backed_up.then_some("quiet"))} ref={first} onclick={show}
                    >{ "Show the 24 words" }</button>
                </div>
            </>
        },
        Step::Shown(words) => html! {
            <>
                <p>{ "Write them on paper, in this order. Anybody who has them has the coins: show them to nobody, and type them only where you restore." }</p>
                <ol class="words" translate="no" data-testid="words" tabindex="-1" ref={first}>
                    { for words.iter().map(|word| html! { <li>{ &word.0 }</li> }) }
                </ol>
                <div class="actions start">
                    <button type="button" class="btn" onclick={to(Step::Checking(two_places())).reform(|_| ())}>{ "I have written them down" }</button>
                    <button type="button" class="btn quiet" onclick={to(Step::Hidden).reform(|_| ())}>{ "Hide them" }</button>
                </div>
            </>
        },
        Step::Checking(places) => html! { <Check places={*places} done={to(Step::Done)} again={show} {first} /> },
        Step::Done => html! {
            <p tabindex="-1" ref={first}><span class="good strong">{ "Backed up." }</span>{ " Keep the paper where this computer is not." }</p>
        },
    };
    html! { <Card title="Back up with 24 words">{ body }</Card> }
}

/// Properties of [`Check`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct CheckProps {
    places: [u8; 2],
    done: Callback<()>,
    again: Callback<MouseEvent>,
    /// The first field.
    first: NodeRef,
}

#[component]
fn Check(props: &CheckProps) -> Html {
    let typed = use_state_eq(|| [String::new(), String::new()]);
    let action = use_action();
    let places = props.places;
    let inputs = [props.first.clone(), use_node_ref()];
    {
        let (done, inputs) = (props.done.clone(), inputs.clone());
        use_effect_with(action.numbered_answer(), move |(_, answer)| match answer {
            Some(Answer::Done) => done.emit(()),
            Some(Answer::Refused(refusals)) => {
                let fields: Vec<_> = places.into_iter().map(Field::Word).zip(inputs).collect();
                focus_first_refused(refusals, &fields);
            }
            _ => {}
        });
    }
    let onsubmit = {
        let (action, typed) = (action.clone(), typed.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let words = places.into_iter().zip(typed.iter().cloned().map(Secret)).collect();
            action.run(Command::Identity(IdentityCommand::CheckWords(words)));
        })
    };
    let field = |at: usize| {
        let oninput = {
            let typed = typed.clone();
            Callback::from(move |text| {
                let mut next = (*typed).clone();
                next[at] = text;
                typed.set(next);
            })
        };
        html! {
            <TextField
                id={format!("word-{at}")} label={format!("Word {}", places[at])} value={typed[at].clone()} {oninput}
                refusal={action.refusal(Field::Word(places[at]))} input={inputs[at].clone()}
            />
        }
    };
    html! {
        <form class="form" {onsubmit} novalidate=true translate="no">
            <p>{ "Two of them, from the paper:" }</p>
            <div class="form-pair">{ field(0) }{ field(1) }</div>
            if let Some(receipt) = action.refusal(Field::Form) { <ReceiptTable {receipt} alert=true /> }
            <div class="actions start">
                <button type="submit" class="btn">{ "Check them" }</button>
                <button type="button" class="btn quiet" onclick={props.again.clone()}>{ "Show them again" }</button>
            </div>
        </form>
    }
}

/// Two different places, in order. Who sees the screen sees them too, so they need not be secret.
fn two_places() -> [u8; 2] {
    let draw = |count: u8| (js_sys::Math::random() * f64::from(count)) as u8;
    let (first, second) = (draw(WORDS), draw(WORDS - 1));
    let second = second + u8::from(second >= first);
    [first.min(second) + 1, first.max(second) + 1]
}
