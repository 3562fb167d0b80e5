//! How long ago something was.

use wasm_bindgen::JsValue;
use yew::prelude::*;

use crate::format;
use crate::hooks::use_now;

/// What is not this old yet is of now, in milliseconds.
const NOW_MS: u64 = 1_000;

/// Properties of [`Ago`] and [`Moment`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AgoProps {
    /// Milliseconds since the Unix epoch.
    pub ms: u64,
    /// Whether it stands in a sentence: "6 s ago" rather than "6 s".
    #[prop_or_default]
    pub sentence: bool,
}

/// "6 s", "4 min", "3 h", then the date; the exact moment on hover.
#[component]
pub fn Ago(props: &AgoProps) -> Html {
    let now = use_now();
    let text = match format::age(props.ms, now) {
        Some(_) if now.saturating_sub(props.ms) < NOW_MS => if props.sentence { "just now" } else { "now" }.to_owned(),
        Some(age) if props.sentence => format!("{age} ago"),
        Some(age) => age,
        None => written(props.ms, None),
    };
    html! { <time datetime={machine(props.ms)} title={exact(props.ms)}>{ text }</time> }
}

/// A date and time, as this browser's language writes them, and how long ago that was.
#[component]
pub fn Moment(props: &AgoProps) -> Html {
    let now = use_now();
    let ago = match format::age(props.ms, now) {
        Some(_) if now.saturating_sub(props.ms) < NOW_MS => Some(" (just now)".to_owned()),
        age => age.map(|age| format!(" ({age} ago)")),
    };
    html! { <time datetime={machine(props.ms)}>{ exact(props.ms) }{ ago }</time> }
}

fn exact(ms: u64) -> String {
    written(ms, Some("medium"))
}

/// A date as this browser's language writes it, with the time of day in that style or without.
fn written(ms: u64, time_style: Option<&str>) -> String {
    let style = js_sys::Object::new();
    let set = |name: &str, value: &str| js_sys::Reflect::set(&style, &name.into(), &value.into());
    // Without its style a date is written at greater length, which is no loss.
    set("dateStyle", "medium").ok();
    if let Some(time_style) = time_style {
        set("timeStyle", time_style).ok();
    }
    js_sys::Date::new(&JsValue::from_f64(ms as f64)).to_locale_string("default", &style).into()
}

/// RFC 3339, for machines; nothing for a time no calendar has.
fn machine(ms: u64) -> Option<String> {
    /// The last moment a date of JavaScript can name.
    const LAST_MS: u64 = 8_640_000_000_000_000;
    (ms <= LAST_MS).then(|| js_sys::Date::new(&JsValue::from_f64(ms as f64)).to_iso_string().into())
}
