//! Which node this tab is, and which others this browser keeps.

use yew::prelude::*;

use super::ago::Ago;
use super::card::{Card, Row};
use super::link::Go;
use super::new_node::NewNode;
use super::rename_form::RenameForm;
use crate::format;
use crate::hooks::View;
use crate::node::view::{Origin, OtherIdentity};
use crate::route::Route;

/// Properties of [`IdentityCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct IdentityCardProps {
    /// The node.
    pub view: View,
}

/// Who this tab is, how it came to be that, its name, and the way to be somebody new.
#[component]
pub fn IdentityCard(props: &IdentityCardProps) -> Html {
    let identity = &props.view.identity;
    html! {
        <Card title="This tab's node">
            <dl class="rows">
                <Row label="Node"><code translate="no" title={identity.id.clone()}>{ format::short(&identity.id) }</code></Row>
                <Row label="Where it is from">{ origin(identity.origin) }</Row>
                <Row label="Kept in this browser">
                    { if props.view.storage.trouble.is_some() { "not saved" } else if props.view.storage.saved { "saved" } else { "saving" } }
                </Row>
            </dl>
            <RenameForm name={identity.name.clone()} />
            if !identity.others.is_empty() {
                <h3 class="label">{ "This browser's other nodes" }</h3>
                <ul class="others">
                    { for identity.others.iter().map(|other| html! { <Other key={other.id.clone()} other={other.clone()} /> }) }
                </ul>
                if identity.others_total as usize > identity.others.len() {
                    <p class="hint">{ format!("And {} more.", identity.others_total as usize - identity.others.len()) }</p>
                }
            }
            <div class="actions start">
                <Go to={Route::Identities} class="btn quiet">{ "All identities" }</Go>
                <NewNode room={props.view.room.name.clone()} class="btn quiet">{ "Start as a new node" }</NewNode>
            </div>
        </Card>
    }
}

fn origin(origin: Origin) -> Html {
    match origin {
        Origin::New => html! { { "made for this tab" } },
        Origin::Reloaded => html! { { "kept over a reload" } },
        Origin::Resumed { last_used_ms } => {
            html! { <>{ "opened again, last used " }<Ago ms={last_used_ms} sentence=true /></> }
        }
    }
}

/// Properties of [`Other`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct OtherProps {
    other: OtherIdentity,
}

#[component]
fn Other(props: &OtherProps) -> Html {
    let other = &props.other;
    html! {
        <li class="other">
            <span><bdi translate="no" class="strong">{ &other.name }</bdi>{ " " }<code translate="no" class="faint" title={other.id.clone()}>{ format::short(&other.id) }</code></span>
            if other.in_use {
                <span class="good">{ "in another tab" }</span>
            } else {
                <span class="soft">{ "last used " }<Ago ms={other.last_used_ms} sentence=true /></span>
            }
        </li>
    }
}
