//! An address that leads nowhere.

use yew::prelude::*;

use crate::components::{Card, Go};
use crate::room;
use crate::route::Route;

/// Properties of [`Nowhere`].
#[derive(Clone, Copy, Debug, PartialEq, Properties)]
pub struct NowhereProps {
    /// Whether the app was opened here, so that no node runs and no page is around it.
    #[prop_or_default]
    pub alone: bool,
}

/// No such page, and where to go instead.
#[component]
pub fn Nowhere(props: &NowhereProps) -> Html {
    html! {
        <Card title="There is no page at this address" class="narrow">
            <p>{ "A word in the address is wrong, or the page has moved. Everything starts from the overview." }</p>
            <div class="actions start">
                if props.alone {
                    <a class="btn" href={room::home(&room::here())}>{ "To the overview" }</a>
                } else {
                    <Go to={Route::Overview} class="btn">{ "To the overview" }</Go>
                    <Go to={Route::Blocks} class="btn quiet">{ "Search the blocks" }</Go>
                }
            </div>
        </Card>
    }
}
