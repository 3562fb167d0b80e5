//! A card with a heading.

use yew::prelude::*;

/// Properties of [`Card`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct CardProps {
    /// Its heading.
    pub title: AttrValue,
    /// Further classes.
    #[prop_or_default]
    pub class: Classes,
    /// What stands at the heading's other end.
    #[prop_or_default]
    pub aside: Html,
    /// Its content.
    #[prop_or_default]
    pub children: Html,
}

/// A card with a heading.
#[component]
pub fn Card(props: &CardProps) -> Html {
    html! {
        <section class={classes!("card", props.class.clone())}>
            <div class="card-head"><h2>{ props.title.clone() }</h2>{ props.aside.clone() }</div>
            { props.children.clone() }
        </section>
    }
}

/// Properties of [`Row`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct RowProps {
    /// What it is.
    pub label: AttrValue,
    /// Its value.
    #[prop_or_default]
    pub children: Html,
}

/// A line of a card: what it is, and its value. Stands in a `dl`.
#[component]
pub fn Row(props: &RowProps) -> Html {
    html! { <div class="row"><dt>{ props.label.clone() }</dt><dd>{ props.children.clone() }</dd></div> }
}
