//! In sync or not, in a few words.

use yew::prelude::*;

use super::network_card::others_online;
use crate::format;
use crate::hooks::View;
use crate::node::view::{LinkView, SyncView};

/// Properties of [`SyncPill`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SyncPillProps {
    /// The node.
    pub view: View,
}

/// A pill with a dot: green where all known nodes agree, amber where something is under way, red where the relay
/// refuses. The words say the same.
#[component]
pub fn SyncPill(props: &SyncPillProps) -> Html {
    let Said { tone, head, rest } = match props.view.classic {
        Some(_) => say_classic(&props.view.link, others_online(&props.view)),
        None => say(&props.view.link, &props.view.sync),
    };
    html! {
        <span class="pill" role="status">
            <span class={classes!("dot", tone)} aria-hidden="true"></span>
            <span>{ head }</span>
            if let Some(rest) = rest {
                <span class="wide soft">{ format!("· {rest}") }</span>
            }
        </span>
    }
}

#[derive(Debug, PartialEq)]
struct Said {
    tone: &'static str,
    head: String,
    rest: Option<String>,
}

/// In a classic room nobody follows anybody, so there is no sync to tell of: only who is here.
fn say_classic(link: &LinkView, others: usize) -> Said {
    match link {
        LinkView::Connected { .. } if others > 0 => Said {
            tone: "good",
            head: "Connected".to_owned(),
            rest: Some(format!("{} here", format::count(others as u64, "other node", "other nodes"))),
        },
        _ => say(link, &SyncView::Alone),
    }
}

fn say(link: &LinkView, sync: &SyncView) -> Said {
    let said = |tone, head: &str, rest: Option<String>| Said { tone, head: head.to_owned(), rest };
    match (link, sync) {
        (LinkView::Refused(receipt), _) => said("bad", "Refused", Some(receipt.rule.clone())),
        (LinkView::Connecting { .. }, _) => said("busy", "Connecting", Some("this tab goes on alone".to_owned())),
        (LinkView::Connected { .. }, SyncView::Alone) => {
            said("good", "Alone", Some("no other node here yet".to_owned()))
        }
        (LinkView::Connected { .. }, SyncView::Syncing { done, total }) => {
            said("busy", "Syncing", Some(format!("{} of {} blocks", format::number(*done), format::number(*total))))
        }
        (LinkView::Connected { .. }, SyncView::Behind { nodes }) => said(
            "busy",
            "Behind",
            Some(format!("{} with more work", format::count(u64::from(*nodes), "node", "nodes"))),
        ),
        (LinkView::Connected { .. }, SyncView::InSync { agree, of }) => {
            said("good", "In sync", Some(format!("{agree} of {of} nodes agree")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_relay_is_said_before_anything_about_the_chain() {
        let connecting = LinkView::Connecting { attempt: 2, retry_at_ms: None };
        assert_eq!(say(&connecting, &SyncView::InSync { agree: 3, of: 3 }).head, "Connecting");
    }

    #[test]
    fn a_classic_room_tells_who_is_here_and_nothing_of_sync() {
        let connected = LinkView::Connected { latency_ms: None };
        let said = say_classic(&connected, 2);
        assert_eq!((said.head.as_str(), said.rest.as_deref()), ("Connected", Some("2 other nodes here")));
        assert_eq!(say_classic(&connected, 0).head, "Alone");
    }

    #[test]
    fn a_chain_with_more_work_elsewhere_is_said_to_be_behind() {
        let connected = LinkView::Connected { latency_ms: None };
        let behind = say(&connected, &SyncView::Behind { nodes: 2 });
        assert_eq!((behind.tone, behind.head.as_str()), ("busy", "Behind"));
        assert_eq!(behind.rest.as_deref(), Some("2 nodes with more work"));
    }
}
