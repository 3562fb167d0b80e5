//! Which shell the commands are for.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::requests::Shell;

/// Properties of [`ShellChoice`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ShellChoiceProps {
    /// The shell that commands are written for.
    pub shell: Shell,
    /// Asked for another.
    pub choose: Callback<Shell>,
}

/// A list of the shells.
#[component]
pub fn ShellChoice(props: &ShellChoiceProps) -> Html {
    let onchange = {
        let choose = props.choose.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                choose.emit(if select.value() == "powershell" { Shell::PowerShell } else { Shell::Posix });
            }
        })
    };
    let power = props.shell == Shell::PowerShell;
    html! {
        <div class="field shell-choice">
            <label for="shell">{ "Shell" }</label>
            <select id="shell" {onchange}>
                <option value="posix" selected={!power}>{ "sh, bash or zsh (macOS, Linux)" }</option>
                <option value="powershell" selected={power}>{ "PowerShell (Windows)" }</option>
            </select>
        </div>
    }
}
