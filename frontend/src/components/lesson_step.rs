//! A step of a lesson: what will be done, the button that does it, and what it found.

use yew::prelude::*;

use super::card::Row;
use super::icon::{Glyph, Icon};
use super::mini_chain::MiniChain;
use super::receipt::ReceiptTable;
use crate::lesson::{Finding, Step};

/// Properties of [`LessonStep`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct LessonStepProps {
    /// Counted from 1.
    pub number: usize,
    /// The step.
    pub step: Step,
    /// What it found, once it was done.
    #[prop_or_default]
    pub finding: Option<Finding>,
    /// Further numbers, of the room that the page is in.
    #[prop_or_default]
    pub more: Vec<(&'static str, String)>,
    /// Whether it is the one to be done now.
    pub current: bool,
    /// Does it.
    pub act: Callback<()>,
}

/// One step. Its button stays where it is once it was pressed, so that nothing jumps and the focus stays.
#[component]
pub fn LessonStep(props: &LessonStepProps) -> Html {
    let LessonStepProps { number, step, finding, current, .. } = props;
    let onclick = {
        let (act, current) = (props.act.clone(), *current);
        Callback::from(move |_| {
            if current {
                act.emit(());
            }
        })
    };
    let done = finding.is_some();
    let class = classes!("card", "lesson-step", done.then_some("done"), (!done && !current).then_some("later"));
    html! {
        <li {class} data-testid={format!("step-{number}")}>
            <span class="step-number" aria-hidden="true">
                if done { <Glyph icon={Icon::Done} /> } else { { *number } }
            </span>
            <div class="lesson-body">
                <h2>{ step.title() }if done { <span class="unseen">{ " (done)" }</span> }</h2>
                <p class="soft">{ step.plan() }</p>
                <div class="actions start">
                    <button
                        type="button"
                        class={if *current { "btn" } else { "btn quiet" }}
                        aria-disabled={(!current).then_some("true")}
                        {onclick}
                    >{ step.button() }</button>
                </div>
                <div class="lesson-result" role="status" data-testid={format!("step-{number}-result")}>
                    if let Some(finding) = finding {
                        <p class="lesson-said">{ &finding.said }</p>
                        if let Some(receipt) = &finding.receipt {
                            <ReceiptTable receipt={receipt.clone()} lesson=false />
                        }
                        <dl class="facts lesson-facts">
                            { for finding.facts.iter().chain(&props.more).map(|(label, value)| html! {
                                <Row label={*label}>{ fact(value) }</Row>
                            }) }
                        </dl>
                        { for finding.rows.iter().map(|row| html! { <MiniChain row={row.clone()} /> }) }
                    }
                </div>
            </div>
        </li>
    }
}

/// A number in words, or a hash in the font for hashes.
fn fact(value: &str) -> Html {
    if is_hash(value) {
        html! { <code translate="no" class="broken">{ value }</code> }
    } else {
        html! { <span class="broken">{ value }</span> }
    }
}

fn is_hash(value: &str) -> bool {
    value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_hash_is_written_as_one() {
        assert!(is_hash(&"0f".repeat(32)));
        assert!(!is_hash("67217"));
        assert!(!is_hash(&"no".repeat(32)));
    }
}
