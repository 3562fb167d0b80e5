//! The switch between light, dark and the system's choice.

use yew::prelude::*;

use super::icon::{Glyph, Icon};
use crate::hooks::{Theme, use_theme};

/// A button that goes round the three themes.
#[component]
pub fn ThemeSwitch() -> Html {
    let (theme, set) = use_theme();
    let icon = match theme {
        Theme::System => Icon::System,
        Theme::Light => Icon::Sun,
        Theme::Dark => Icon::Moon,
    };
    let name = format!("Colours: {}. Change to {}.", theme.name(), theme.next().name());
    let onclick = Callback::from(move |_| set.emit(theme.next()));
    html! {
        <button type="button" class="icon-button" aria-label={name.clone()} title={name} {onclick}>
            <Glyph {icon} />
        </button>
    }
}
