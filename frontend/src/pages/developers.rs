//! Driving this tab from outside: its addresses, who may change it, every request ready to copy, and what arrives.

use yew::prelude::*;

use super::PageProps;
use crate::components::{
    AccessCard, AddressesCard, Card, CommandLine, CommandList, RequestLog, ShellChoice, SyncBar, TakeAway,
};
use crate::hooks::use_shell;
use crate::requests::{Shell, Site, beyond, ready};

/// The developers' page.
#[component]
pub fn Developers(props: &PageProps) -> Html {
    let view = &props.view;
    let token_shown = use_state_eq(|| false);
    let show_token = {
        let shown = token_shown.setter();
        Callback::from(move |show| shown.set(show))
    };
    let (shell, choose) = use_shell();
    let site = Site::of(view);
    html! {
        <>
            <SyncBar view={view.clone()} />
            <div class="cards two level">
                <AddressesCard view={view.clone()} token_shown={*token_shown} />
                <AccessCard view={view.clone()} token_shown={*token_shown} {show_token} />
            </div>
            <div class="cards lead">
                <Card title="The tutorial's six requests">
                    <p class="soft">{ "Ready for a shell, in the order of the tutorial. Copying takes the token along where one is needed." }</p>
                    <ShellChoice {shell} {choose} />
                    <CommandList shown={tutorial(&site, *token_shown, shell)} />
                    <p class="hint">
                        { "The relay's own node answers the same six at " }<code translate="no" class="broken">{ site.relay_url() }</code>{ ", where its operator lets it." }
                    </p>
                </Card>
                <div class="stack follow">
                    <RequestLog http={view.http.clone()} />
                    <TakeAway site={site.clone()} />
                </div>
            </div>
            <Card title="Beyond the tutorial" aside={html! {
                <span class="neighbours">
                    <a class="link" href={format!("{}/docs", site.base)} target="_blank" rel="noopener">{ "Try it out" }</a>
                    <a class="link" href={format!("{}/openapi.json", site.base)} target="_blank" rel="noopener">{ "openapi.json" }</a>
                </span>
            }}>
                <p class="soft">{ "Reading the room from the relay: open to all, from any page." }</p>
                <CommandList shown={beyond(&site).iter().map(|reading| CommandLine::reading(reading, shell)).collect::<Vec<_>>()} />
            </Card>
        </>
    }
}

/// The tutorial's requests for this tab, with the token in sight or not.
fn tutorial(site: &Site, token_shown: bool, shell: Shell) -> Vec<CommandLine> {
    let copied = ready(site, &site.own);
    let shown = if token_shown { copied.clone() } else { ready(&site.hiding_the_token(), &site.own) };
    copied.iter().zip(&shown).map(|(copied, shown)| CommandLine::of(copied, shown, shell)).collect()
}
