//! How far something has come.

use yew::prelude::*;

/// Properties of [`Meter`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct MeterProps {
    /// What it measures, for a screen reader.
    pub label: AttrValue,
    /// 0 to 100; without it the end is not known.
    #[prop_or_default]
    pub percent: Option<u32>,
}

/// A progress bar.
#[component]
pub fn Meter(props: &MeterProps) -> Html {
    html! {
        <progress
            class="meter"
            aria-label={props.label.clone()}
            max="100"
            value={props.percent.map(|percent| percent.min(100).to_string())}
        />
    }
}
