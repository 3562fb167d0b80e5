//! Hashes, ids and addresses: short in sight, whole on hover, with copy.

use yew::prelude::*;

use super::copy::Copy;

/// Properties of [`Whole`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct WholeProps {
    /// The whole text.
    pub text: AttrValue,
    /// What it is: "the address".
    pub what: AttrValue,
    /// The name under which the page's driver finds the text.
    #[prop_or_default]
    pub testid: Option<AttrValue>,
    /// Whether a long text takes several lines rather than being cut at the end of one.
    #[prop_or_default]
    pub wrap: bool,
}

/// A whole hash, id or address with a copy button. Cut to the room there is, by style alone.
#[component]
pub fn Whole(props: &WholeProps) -> Html {
    html! {
        <span class="whole">
            <code translate="no"
                class={if props.wrap { "whole-text wrap" } else { "whole-text" }}
                data-testid={props.testid.clone()}
                title={props.text.clone()}
            >{ props.text.clone() }</code>
            <Copy text={props.text.clone()} what={props.what.clone()} />
        </span>
    }
}

/// Properties of [`Digits`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct DigitsProps {
    /// Decimal digits, perhaps with a point.
    pub text: AttrValue,
    /// The name under which the page's driver finds the text.
    #[prop_or_default]
    pub testid: Option<AttrValue>,
}

/// A number whose thousands stand apart for the eye, while its text stays plain digits (to copy, to read by machine).
#[component]
pub fn Digits(props: &DigitsProps) -> Html {
    let (whole, rest) = props.text.split_at(props.text.find('.').unwrap_or(props.text.len()));
    let first = if whole.len() < 5 { whole.len() } else { (whole.len() - 1) % 3 + 1 };
    let (head, tail) = whole.split_at_checked(first).unwrap_or((whole, ""));
    let groups = tail.as_bytes().chunks(3).map(|group| {
        let text = String::from_utf8_lossy(group).into_owned();
        html! { <span class="thousands">{ text }</span> }
    });
    html! { <span class="digits" translate="no" data-testid={props.testid.clone()}>{ head.to_owned() }{ for groups }{ rest.to_owned() }</span> }
}
