//! Every request as a command to copy.

use yew::prelude::*;

use super::copy::Copy;
use crate::requests::{Reading, Ready, Shell};

/// Properties of [`CommandList`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct CommandListProps {
    /// The requests as they are shown.
    pub shown: Vec<CommandLine>,
}

/// One command.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandLine {
    /// What it is called.
    pub name: AttrValue,
    /// What it does, in a sentence.
    pub what: AttrValue,
    /// The route, beside the name, where the command is long.
    pub route: Option<AttrValue>,
    /// What is shown.
    pub shown: AttrValue,
    /// What is copied: the same, with the token.
    pub copied: AttrValue,
}

impl CommandLine {
    /// A request of the tutorial, as it is copied and as it is shown.
    pub fn of(copied: &Ready, shown: &Ready, shell: Shell) -> Self {
        Self {
            name: copied.name.into(),
            what: copied.what.into(),
            route: Some(format!("{} {}", copied.route.method(), copied.route.path()).into()),
            shown: shell.command(shown).into(),
            copied: shell.command(copied).into(),
        }
    }

    /// A request that reads, for which nothing is hidden.
    pub fn reading(reading: &Reading, shell: Shell) -> Self {
        let command = AttrValue::from(shell.reading(reading));
        Self {
            name: reading.name.into(),
            what: reading.what.into(),
            route: None,
            shown: command.clone(),
            copied: command,
        }
    }
}

/// The commands, one below the other.
#[component]
pub fn CommandList(props: &CommandListProps) -> Html {
    html! {
        <ol class="commands">
            { for props.shown.iter().map(|line| html! {
                <li class="command" key={line.name.to_string()}>
                    <p class="command-name"><span class="strong">{ &line.name }</span>if let Some(route) = &line.route { <code translate="no" class="soft">{ route }</code> }</p>
                    <p class="soft">{ &line.what }</p>
                    <div class="command-line">
                        <code translate="no">{ &line.shown }</code>
                        <Copy text={line.copied.clone()} what={format!("the command: {}", line.name)} />
                    </div>
                </li>
            }) }
        </ol>
    }
}
