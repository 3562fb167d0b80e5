//! An address that leads nowhere.

use yew::prelude::*;

use crate::components::{Card, Go};
use crate::route::Route;

/// No such page, and where to go instead.
#[component]
pub fn Nowhere() -> Html {
    html! {
        <Card title="There is no page at this address" class="narrow">
            <p>{ "A word in the address is wrong, or the page has moved. Everything starts from the overview." }</p>
            <div class="actions start">
                <Go to={Route::Overview} class="btn">{ "To the overview" }</Go>
                <Go to={Route::Blocks} class="btn quiet">{ "Search the blocks" }</Go>
            </div>
        </Card>
    }
}
