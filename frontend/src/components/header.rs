//! The head of every page: its title, who this tab is, in sync or not, the seal of the tip.

use yew::prelude::*;

use super::link::Go;
use super::seal::SealMark;
use super::sync_pill::SyncPill;
use super::theme_switch::ThemeSwitch;
use crate::format;
use crate::hooks::View;
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
    html! {
        <header class="head">
            <h1>{ props.title.clone() }</h1>
            if let Some(view) = &props.view {
                <span class="pill node-pill" title={format!("This tab is node {}", view.identity.id)}>
                    <span class="unseen">{ "This tab: " }</span>
                    <code>{ format::short(&view.identity.id) }</code>
                    <bdi class="strong">{ &view.identity.name }</bdi>
                </span>
            }
            <div class="head-right">
                if let Some(view) = &props.view {
                    <SyncPill view={view.clone()} />
                    <Go
                        to={Route::Block { hash: view.tip.hash.to_string() }}
                        class="pill seal-pill"
                        title="The seal of the tip: the same seal is the same chain"
                    >
                        <span class="unseen">{ "Seal of the tip: " }</span>
                        <SealMark seal={view.tip.seal.clone()} words=true />
                    </Go>
                }
                <ThemeSwitch />
            </div>
        </header>
    }
}
