//! Light, dark, or as the system has it.

use yew::prelude::*;

use super::stored;

const KEY: &str = "tabcoin.theme";

/// Which colours the page has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Paper.
    Light,
    /// Ink.
    Dark,
}

impl Theme {
    /// The next in the round of the switch.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "as the system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn key(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    fn from_key(key: Option<&str>) -> Self {
        match key {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }
}

/// The theme, kept in this browser and set on the document, and how to choose another.
#[hook]
pub fn use_theme() -> (Theme, Callback<Theme>) {
    let theme = use_state_eq(|| Theme::from_key(stored::read(KEY).as_deref()));
    use_effect_with(*theme, |theme| show(*theme));
    let set = {
        let theme = theme.setter();
        use_callback((), move |next: Theme, ()| {
            stored::write(KEY, next.key());
            theme.set(next);
        })
    };
    (*theme, set)
}

fn show(theme: Theme) {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element());
    let Some(root) = root else { return };
    match theme.key() {
        Some(key) => root.set_attribute("data-theme", key).ok(),
        None => root.remove_attribute("data-theme").ok(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_goes_round_and_each_theme_is_read_back() {
        let mut theme = Theme::System;
        for _ in 0..3 {
            assert_eq!(Theme::from_key(theme.key()), theme);
            theme = theme.next();
        }
        assert_eq!(theme, Theme::System);
    }
}
