//! The head of every page: its title, who this tab is, in sync or not, the seal of the tip.

use yew::prelude::*;

use super::link::Go;
use super::seal::SealMark;
use super::sync_pill::SyncPill;
use super::theme_switch::ThemeSwitch;
use crate::format;
use crate::hooks::View;
use crate::room;
use crate::route::Route;

/// Properties of [`Header`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct HeaderProps {
    /// The page's title.
    pub title: AttrValue,
    /// The node, once it runs.
    #[prop_or_default]
    pub view: Option<View>,
}

/// The head of every page.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    let seal = props.view.as_ref().map(|view| match &view.classic {
        Some(classic) => classic.tip_seal.clone(),
        None => view.tip.seal.clone(),
    });
    let room = props.view.as_ref().map_or_else(room::here, |view| view.room.name.clone());
    html! {
        <header class="head">
            <div class="head-title">
                <h1>{ props.title.clone() }</h1>
                <p class="head-room">
                    { "room " }<bdi translate="no">{ room }</bdi>
                </p>
            </div>
            if let Some(view) = &props.view {
                <Go to={Route::Identities} class="pill node-pill" title={format!("This tab is node {}", view.identity.id)}>
                    <span class="unseen">{ "This tab: " }</span>
                    <code translate="no">{ format::short(&view.identity.id) }</code>
                    <bdi translate="no" class="strong">{ &view.identity.name }</bdi>
                </Go>
            }
            <div class="head-right">
                if let (Some(view), Some(seal)) = (&props.view, seal) {
                    <SyncPill view={view.clone()} />
                    <Go to={tip(view)} class="pill seal-pill" title="The seal of the tip: the same seal is the same chain">
                        <span class="unseen">{ "Seal of the tip: " }</span>
                        <SealMark {seal} words=true />
                    </Go>
                }
                <ThemeSwitch />
            </div>
        </header>
    }
}

/// Where the block is shown that the seal belongs to.
fn tip(view: &View) -> Route {
    match view.classic {
        Some(_) => Route::Overview,
        None => Route::Block { hash: view.tip.hash.to_string() },
    }
}
