//! The lesson "Break the tutorial's coin": nine steps on nodes that live in this page, and one on the room.

use std::rc::Rc;

use shared::Timestamp;
use yew::prelude::*;

use super::PageProps;
use crate::components::{Card, LessonStep, LiveForgeryCard};
use crate::format;
use crate::hooks::View;
use crate::lesson::{Lesson, Step};
use crate::node::view::RulesView;
use crate::room;

/// The lesson. Each step leaves the one before it in memory, so that every step can be undone.
#[component]
pub fn BreakTheCoin(props: &PageProps) -> Html {
    let view = &props.view;
    let past = use_state(|| vec![Rc::new(Lesson::new(Timestamp::from_ms(js_sys::Date::now() as u64)))]);
    let lesson = past.last().cloned().expect("the lesson's beginning is never undone");
    let act = {
        let past = past.clone();
        Callback::from(move |()| {
            let mut next = (*past).clone();
            let after = next.last().map(|lesson| lesson.step());
            next.extend(after.map(Rc::new));
            past.set(next);
        })
    };
    let back_to = |steps: usize| {
        let past = past.clone();
        Callback::from(move |_| past.set(past.iter().take(steps.max(1)).cloned().collect()))
    };
    let done = lesson.findings().len();
    let untouched = (done == 0).then_some("true");
    html! {
        <>
            <section class="guide banner" aria-labelledby="lesson-title">
                <h2 id="lesson-title">{ "Break the tutorial's coin" }</h2>
                <p>
                    { "The nodes of this lesson are real and live in this page: two of the tutorial's, and a chain of \
                       Tabcoin's own rules. Press the buttons in order; each says what it did and why it worked." }
                </p>
            </section>
            <ol class="lesson">
                { for Step::ALL.iter().enumerate().map(|(at, step)| html! {
                    <LessonStep
                        key={at}
                        number={at + 1}
                        step={*step}
                        finding={lesson.findings().get(at).cloned()}
                        more={more(*step, view)}
                        current={at == done}
                        act={act.clone()}
                    />
                }) }
            </ol>
            <div class="lesson-controls">
                <span class="soft">{ format!("{done} of {} steps done", Step::ALL.len()) }</span>
                <button type="button" class="btn quiet" aria-disabled={untouched} onclick={back_to(done)}>{ "Undo the last step" }</button>
                <button type="button" class="btn quiet" aria-disabled={untouched} onclick={back_to(1)}>{ "Start over" }</button>
            </div>
            <Question />
            { finish(view) }
        </>
    }
}

/// What the attack on a sealed chain would cost in the room that the page is in.
fn more(step: Step, view: &View) -> Vec<(&'static str, String)> {
    if step != Step::Attack || view.room.rules != RulesView::Sealed {
        return Vec::new();
    }
    let each = view.mining.expected_attempts;
    let blocks = view.tip.height.max(1);
    vec![
        ("In this room", format!("{} tries expected for each block", format::large(each))),
        (
            "To redo it from block 1",
            format!(
                "{} for {}, while the room adds one every {}",
                format::large(each * blocks as f64),
                format::count(blocks, "block", "blocks"),
                format::duration(view.room.interval_ms),
            ),
        ),
    ]
}

/// The question at the end, its answer to be opened.
#[component]
fn Question() -> Html {
    html! {
        <section class="card">
            <h2>{ "A question" }</h2>
            <p class="lesson-name">{ "Why must the proof commit to the block?" }</p>
            <details class="answer">
                <summary>{ "Show the answer" }</summary>
                <p>
                    { "Because a proof is worth only what it cannot be moved to. The tutorial's proof is worked out of the \
                       proof before it, so it fits any block at that place: rewrite the block, and the proof still holds. \
                       The work was spent once and protects nothing." }
                </p>
                <p>
                    { "A sealed proof is tried against the whole header, and the header holds the hash of the block before \
                       and the root of every payment. Change a payment and the proof is worthless; so are those of all later \
                       blocks, since each names the hash of the one before. To rewrite the past is to redo all the work \
                       since, faster than everybody else adds to it." }
                </p>
            </details>
        </section>
    }
}

/// The last step on the room itself, where it is a classic one; elsewhere the way there.
fn finish(view: &View) -> Html {
    match view.room.rules {
        RulesView::Classic => html! { <LiveForgeryCard id={view.identity.id.clone()} /> },
        RulesView::Sealed => html! {
            <Card title="And on a live room?" class="narrow">
                <p class="soft">
                    { "In the classic room the tabs run the tutorial's chain. There the lesson has one more step: this attack \
                       on the room's own nodes." }
                </p>
                <div class="actions start">
                    <a class="btn quiet" href={format!("{}lessons/break-the-coin", room::home(room::CLASSIC))} target="_blank" rel="noopener">
                        { "Open the lesson in room classic" }
                    </a>
                </div>
            </Card>
        },
    }
}
