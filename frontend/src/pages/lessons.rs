//! What there is to learn.

use yew::prelude::*;

use crate::components::{Card, Go};
use crate::route::Route;

/// The list of lessons.
#[component]
pub fn Lessons() -> Html {
    html! {
        <Card title="Lesson 1" class="narrow">
            <p class="lesson-name">{ "Break the tutorial's coin" }</p>
            <p>
                { "Rewrite a payment in an old block, and have another node take the lie for the truth, without a \
                   single try of mining. Then try the same on a sealed chain, and read the receipt that refuses it." }
            </p>
            <p class="soft">
                { "Nine steps, five minutes, on real nodes that live in this page. Nothing you do there touches the \
                   room, until the last step of the classic room says so." }
            </p>
            <div class="actions start"><Go to={Route::BreakTheCoin} class="btn">{ "Start the lesson" }</Go></div>
        </Card>
    }
}
