//! The nodes that the tutorial's replace_chain asks.

use shared::classic::without_password;
use web_sys::SubmitEvent;
use yew::prelude::*;

use super::card::Card;
use super::field::TextField;
use super::notice::Empty;
use crate::format;
use crate::hooks::{View, focus, use_action};
use crate::node::handle::{Answer, ClassicCommand, Command, Field};
use crate::node::view::{ClassicView, PeerView, RoleView};

/// Properties of [`ClassicNodesCard`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ClassicNodesProps {
    /// The node.
    pub view: View,
    /// This tab's classic node.
    pub classic: ClassicView,
}

/// The nodes whose chains Replace chain asks for, those that are here and are not among them yet, and the form for any
/// other.
#[component]
pub fn ClassicNodesCard(props: &ClassicNodesProps) -> Html {
    let typed = use_state_eq(String::new);
    let action = use_action();
    let input = use_node_ref();
    {
        let (typed, input) = (typed.setter(), input.clone());
        use_effect_with(action.numbered_answer(), move |(_, answer)| match answer {
            Some(Answer::ClassicDone(_)) => typed.set(String::new()),
            Some(Answer::Refused(_)) => focus(&input),
            _ => {}
        });
    }
    let onsubmit = {
        let (action, typed) = (action.clone(), typed.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if !action.is_busy() {
                action.run(Command::Classic(ClassicCommand::Connect((*typed).clone())));
            }
        })
    };
    let oninput = {
        let typed = typed.setter();
        Callback::from(move |text| typed.set(text))
    };
    let connect = |id: &str| {
        let (action, id) = (action.clone(), id.to_owned());
        Callback::from(move |_| {
            if !action.is_busy() {
                action.run(Command::Classic(ClassicCommand::Connect(id.clone())));
            }
        })
    };
    let nodes = &props.classic.nodes;
    let peers = &props.view.peers;
    let room = &props.view.room.name;
    let is_connected = |peer: &PeerView| nodes.iter().any(|node| is_of(node, peer, room));
    let strangers = peers.iter().filter(|peer| peer.online && !is_connected(peer));
    let refusal = action.refusal(Field::Node).or_else(|| action.refusal(Field::Form));
    html! {
        <Card title="Connected nodes" aside={html! {
            <span class="soft" data-testid="connected-count">{ format::count(nodes.len() as u64, "node", "nodes") }</span>
        }}>
            if nodes.is_empty() {
                <Empty title="None yet">{ "Replace chain asks the nodes in this list, and no others." }</Empty>
            }
            <ul class="neighbours-list">
                { for nodes.iter().map(|node| connected(node, peers, room)) }
                { for strangers.map(|peer| html! {
                    <li class="neighbour" key={peer.id.clone()}>
                        { who(peer) }
                        <button
                            type="button" class="text-button"
                            aria-label={format!("Connect to {}", peer.name)}
                            onclick={connect(&peer.id)}
                        >{ "Connect" }</button>
                    </li>
                }) }
            </ul>
            <form {onsubmit} novalidate=true>
                <div class="form-line">
                    <TextField id="node" label="Node id or URL" code=true
                        hint="The 32 digits of its id, or a URL"
                        value={(*typed).clone()} {oninput} {refusal} {input} />
                    <button type="submit" class="btn quiet" aria-disabled={action.is_busy().then_some("true")}>{ "Connect" }</button>
                </div>
                <div class="said" role="status">
                    if let Some(Answer::ClassicDone(_)) = action.answer() { <p>{ "Connected: Replace chain will ask it." }</p> }
                </div>
            </form>
        </Card>
    }
}

/// A node that is asked: who it is where it is in the room, and its place without the password.
fn connected(node: &str, peers: &[PeerView], room: &str) -> Html {
    let place = without_password(node);
    let peer = peers.iter().find(|peer| is_of(node, peer, room));
    html! {
        <li class="neighbour" key={node.to_owned()}>
            { peer.map_or_else(|| html! { <code translate="no" class="strong broken">{ place.clone() }</code> }, who) }
            <span class="good" title={place}>{ "connected" }</span>
        </li>
    }
}

fn who(peer: &PeerView) -> Html {
    html! {
        <span>
            <bdi translate="no" class="strong">{ &peer.name }</bdi>{ " " }<code translate="no" class="faint" title={peer.id.clone()}>{ format::short(&peer.id) }</code>
            { match peer.role {
                RoleView::Tab => Html::default(),
                RoleView::Relay => html! { <span class="soft">{ ", the relay" }</span> },
                RoleView::Bridge => html! { <span class="soft">{ ", a bridge" }</span> },
            } }
        </span>
    }
}

/// Whether a place is a peer's: named by its id or, for the relay's own node, by the room.
fn is_of(node: &str, peer: &PeerView, room: &str) -> bool {
    let user = node.split_once('@').map(|(user, _)| user.split(':').next().unwrap_or_default());
    node.contains(&peer.id) || (peer.role == RoleView::Relay && user == Some(room))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::view::SealView;
    use shared::BlockHash;

    #[test]
    fn a_place_is_the_node_s_that_it_names_and_a_room_s_name_is_the_relay_s() {
        let peer = |id: &str, role| PeerView {
            id: id.to_owned(),
            name: String::new(),
            role,
            online: true,
            seen_ms: 0,
            tip: BlockHash::ZERO,
            seal: SealView { cells: [0; 5], words: [String::new(), String::new()] },
            height: 0,
            agrees: false,
            latency_ms: None,
        };
        let (tab, relay) = (peer("aa11", RoleView::Tab), peer("bb22", RoleView::Relay));
        assert!(is_of("aa11@127.0.0.1:5001", &tab, "classic"));
        assert!(is_of("classic@127.0.0.1:5001", &relay, "classic"));
        assert!(!is_of("classic@127.0.0.1:5001", &tab, "classic"));
        assert!(!is_of("127.0.0.1:5002", &relay, "classic"));
    }
}
