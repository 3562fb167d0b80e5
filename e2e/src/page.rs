//! Finds what is on a page the way a person does: by what it is and what it is called.

use fantoccini::elements::Element;
use fantoccini::{Client, Locator};

use crate::command;
use crate::failure::Failure;

/// What something is, for the person who uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Something to press.
    Button,
    /// Something to write in.
    Field,
    /// Something that is on or off.
    Switch,
    /// Something that leads elsewhere.
    Link,
}

impl Role {
    fn selector(self) -> &'static str {
        match self {
            Self::Button => "button:not([role=switch]), [role=button], input[type=submit]",
            Self::Field => "input:not([type=checkbox]):not([type=submit]), textarea, [role=textbox], [role=spinbutton]",
            Self::Switch => "[role=switch], input[type=checkbox]",
            Self::Link => "a[href]",
        }
    }
}

/// Finds the one visible thing of a role and a name; the name as the browser computes it for a screen reader.
pub(crate) async fn find(client: &Client, role: Role, name: &str) -> Result<Element, Failure> {
    let mut names = Vec::new();
    let mut found = None;
    for element in client.find_all(Locator::Css(role.selector())).await? {
        // What has gone or is not shown is not there for a person.
        let Ok(label) = command::computed_label(client, &element.element_id()).await else {
            continue;
        };
        if !element.is_displayed().await.unwrap_or(false) {
            continue;
        }
        if label == name {
            if found.is_some() {
                return Err(Failure::page(format!("there are two of {role:?} `{name}`")));
            }
            found = Some(element);
        }
        names.push(label);
    }
    found.ok_or_else(|| Failure::page(format!("there is no {role:?} `{name}`; there are {names:?}")))
}

/// Returns the text of the element with a test id, if it is on the page.
pub(crate) async fn text(client: &Client, test_id: &str) -> Result<Option<String>, Failure> {
    // One command, not two: between finding and reading, the page may be drawn anew.
    const SCRIPT: &str = "const e = document.querySelector(`[data-testid=\"${arguments[0]}\"]`);\
        return e === null ? null : e.textContent.trim();";
    let value = client.execute(SCRIPT, vec![test_id.into()]).await?;
    Ok(value.as_str().map(str::to_owned))
}
