//! The shell that commands are written for: this computer's, until its owner chooses another.

use yew::prelude::*;

use super::stored;
use crate::requests::Shell;

const KEY: &str = "tabcoin.shell";

/// The shell, kept in this browser once it was chosen, and how to choose.
#[hook]
pub fn use_shell() -> (Shell, Callback<Shell>) {
    let shell = use_state_eq(|| stored::read(KEY).map_or_else(of_this_computer, |key| from_key(&key)));
    let set = {
        let shell = shell.setter();
        use_callback((), move |next: Shell, ()| {
            stored::write(KEY, Some(key(next)));
            shell.set(next);
        })
    };
    (*shell, set)
}

fn of_this_computer() -> Shell {
    let platform = web_sys::window().and_then(|window| window.navigator().platform().ok());
    Shell::of_platform(&platform.unwrap_or_default())
}

fn key(shell: Shell) -> &'static str {
    match shell {
        Shell::Posix => "posix",
        Shell::PowerShell => "powershell",
    }
}

fn from_key(text: &str) -> Shell {
    if text == key(Shell::PowerShell) { Shell::PowerShell } else { Shell::Posix }
}
