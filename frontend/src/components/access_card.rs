//! Who may change this tab from outside.

use yew::prelude::*;

use super::card::{Card, Row};
use super::confirm::Confirm;
use super::toggle::Toggle;
use super::value::Whole;
use crate::hooks::{View, use_choice};
use crate::node::handle::Command;
use crate::node::use_node;
use crate::node::view::RulesView;

/// Properties of [`AccessCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AccessCardProps {
    /// The node.
    pub view: View,
    /// Whether the token is shown.
    pub token_shown: bool,
    /// Asked to show it or to hide it.
    pub show_token: Callback<bool>,
}

/// Open or closed, and the token: shown on demand, renewed after a second question.
#[component]
pub fn AccessCard(props: &AccessCardProps) -> Html {
    let http = &props.view.http;
    let choice = use_choice(http.open, Command::SetOpen);
    let show = {
        let (show, shown) = (props.show_token.clone(), props.token_shown);
        Callback::from(move |_| show.emit(!shown))
    };
    html! {
        <Card title="Who may change it" aside={html! {
            <span class={if http.open { "own" } else { "good" }}>{ if http.open { "open" } else { "closed" } }</span>
        }}>
            <p class="soft">{ "Reading is open to all. Mining, paying, connecting and replacing change this tab." }</p>
            <Toggle label="Open to everyone" hint={hint(http.open, props.view.room.rules)} on={choice.shown} onchange={choice.choose} />
            <dl class="facts close">
                <Row label="Token">
                    <span class="token">
                        if props.token_shown {
                            <Whole text={http.token.clone()} what="the token" testid="control-token" wrap=true />
                        } else {
                            <span class="soft" aria-hidden="true">{ "••••••••" }</span>
                        }
                        <button type="button" class="text-button" onclick={show}>
                            { if props.token_shown { "Hide token" } else { "Show token" } }
                        </button>
                    </span>
                </Row>
            </dl>
            <Renew />
        </Card>
    }
}

fn hint(open: bool, rules: RulesView) -> &'static str {
    match (open, rules) {
        (false, _) => "Closed: a change needs the token below.",
        (true, RulesView::Sealed) => "Open: whoever reaches the relay can mine here, and pay from this tab's wallet.",
        (true, RulesView::Classic) => {
            "Open, as tabs of a lesson room are: whoever reaches the relay can mine and add transactions here."
        }
    }
}

/// Makes a new token, after a second question.
#[component]
fn Renew() -> Html {
    let (_, node) = use_node();
    let renewed = use_state_eq(|| false);
    let renew = {
        let renewed = renewed.setter();
        Callback::from(move |()| {
            node.tell(Command::RenewToken);
            renewed.set(true);
        })
    };
    html! {
        <div class="renew">
            <Confirm
                label="Renew token" start=true sure={renew}
                lost="Whatever holds the old token stops working: commands, collections, nodes.json."
            />
            <p class="hint" role="status">if *renewed { { "Renewed. Copy the commands again." } }</p>
        </div>
    }
}
