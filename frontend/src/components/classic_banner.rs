//! What a classic room is, for whoever comes into one.

use yew::prelude::*;

use super::link::Go;
use crate::hooks::View;
use crate::route::Route;

/// Properties of [`ClassicBanner`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ClassicBannerProps {
    /// The node.
    pub view: View,
}

/// That this is the tutorial's chain, what it lacks, who may change this tab, and where the lesson is.
#[component]
pub fn ClassicBanner(props: &ClassicBannerProps) -> Html {
    html! {
        <section class="guide banner" aria-labelledby="classic-title">
            <h2 id="classic-title">{ "This is the tutorial's own chain, weaknesses included." }</h2>
            <p>
                { "Nothing is signed, anybody may write any sender, and a proof says nothing about the block it stands in. \
                   The " }
                <Go to={Route::BreakTheCoin} class="link">{ "lesson" }</Go>
                { " shows what that costs. " }
                if props.view.http.open {
                    { "This tab is open: whoever reaches the relay can mine and add transactions here. " }
                    <Go to={Route::Developers} class="link">{ "Close it" }</Go>{ "." }
                } else {
                    { "This tab is closed: a change from outside needs its token. " }
                    <Go to={Route::Developers} class="link">{ "Open it" }</Go>{ "." }
                }
            </p>
        </section>
    }
}
