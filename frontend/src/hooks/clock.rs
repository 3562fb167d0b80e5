//! The time, once a second, for everything that tells an age.

use gloo_timers::callback::Interval;
use yew::prelude::*;

/// How often ages move on.
const TICK_MS: u32 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Now(u64);

/// Properties of [`Clock`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ClockProps {
    /// What may ask for the time.
    #[prop_or_default]
    pub children: Html,
}

/// Gives the time to everything below; one timer for the whole page.
#[component]
pub fn Clock(props: &ClockProps) -> Html {
    let now = use_state_eq(|| Now(read()));
    {
        let now = now.setter();
        use_effect_with((), move |()| {
            let interval = Interval::new(TICK_MS, move || now.set(Now(read())));
            move || drop(interval)
        });
    }
    html! { <ContextProvider<Now> context={*now}>{ props.children.clone() }</ContextProvider<Now>> }
}

/// Milliseconds since the Unix epoch, renewed every second.
///
/// # Panics
///
/// Panics outside a [`Clock`].
#[hook]
pub fn use_now() -> u64 {
    use_context::<Now>().expect("a Clock is around the app").0
}

fn read() -> u64 {
    js_sys::Date::now() as u64
}
