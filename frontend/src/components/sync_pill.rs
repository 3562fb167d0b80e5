//! In sync or not, in a few words.

use yew::prelude::*;

use super::network_card::{others_here, others_online};
use crate::format;
use crate::hooks::{View, use_now};
use crate::node::use_node;
use crate::node::view::{ClockView, LinkView, SyncView};

/// Properties of [`SyncPill`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SyncPillProps {
    /// The node.
    pub view: View,
}

/// A pill with a dot: green where others agree, amber where something is under way or nobody can agree, red where the
/// relay refuses or the time is wrong. The words say the same. While the relay is out of reach, when it is tried next,
/// and a button that tries it at once.
#[component]
pub fn SyncPill(props: &SyncPillProps) -> Html {
    let Said { tone, head, rest } = match props.view.classic {
        Some(_) => say_classic(&props.view.link, others_online(&props.view)),
        None => say(&props.view.link, &props.view.sync),
    };
    let retry = match props.view.link {
        LinkView::Connecting { attempt, retry_at_ms } if attempt > 1 => Some(retry_at_ms),
        _ => None,
    };
    // The button beside it says enough, and needs the room.
    let rest = rest.filter(|_| retry.is_none());
    html! {
        <>
            <span class="pill" role="status" data-testid="sync">
                <span class={classes!("dot", tone)} aria-hidden="true"></span>
                <span>{ head }</span>
                if let Some(rest) = rest {
                    <span class="wide soft">{ format!("· {rest}") }</span>
                }
            </span>
            if let Some(retry_at_ms) = retry {
                <Reconnect {retry_at_ms} />
            }
        </>
    }
}

/// Properties of [`Reconnect`].
#[derive(Clone, Debug, PartialEq, Properties)]
struct ReconnectProps {
    retry_at_ms: Option<u64>,
}

/// Tries the relay at once, and says when it is tried anyway.
#[component]
fn Reconnect(props: &ReconnectProps) -> Html {
    let (_, node) = use_node();
    let now = use_now();
    let seconds = props.retry_at_ms.map(|at| at.saturating_sub(now).div_ceil(1_000));
    let title = match seconds {
        Some(seconds) => format!("Tries by itself in {seconds} s"),
        None => "Trying now".to_owned(),
    };
    let onclick = Callback::from(move |_| node.wake());
    html! {
        <button type="button" class="pill reconnect" aria-label="Reconnect now" {onclick} {title}>
            <span class="wide">{ "Reconnect now" }</span>
            <span class="terse" aria-hidden="true">{ "↻" }</span>
            if let Some(seconds) = seconds {
                <span class="soft" aria-hidden="true">{ format!("{seconds} s") }</span>
            }
        </button>
    }
}

/// What is wrong with the time, in two words or so.
pub(super) fn clock_head(clock: &ClockView) -> &'static str {
    if clock.apart.is_some() { "Clock wrong" } else { "Waiting for the time" }
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
        LinkView::Connected { .. } if others > 0 => {
            Said { tone: "good", head: "Connected".to_owned(), rest: Some(others_here(others)) }
        }
        _ => say(link, &SyncView::Alone),
    }
}

fn say(link: &LinkView, sync: &SyncView) -> Said {
    let said = |tone, head: &str, rest: Option<String>| Said { tone, head: head.to_owned(), rest };
    match (link, sync) {
        (LinkView::Refused(receipt), _) => said("bad", "Refused", Some(receipt.rule.clone())),
        (LinkView::Connecting { attempt: 0 | 1, .. }, _) | (LinkView::Connected { .. }, SyncView::Offline) => {
            said("busy", "Connecting", None)
        }
        (LinkView::Connecting { .. }, _) => said("busy", "Offline", Some("this tab goes on alone".to_owned())),
        (LinkView::Connected { .. }, SyncView::Clock(clock)) => {
            said(if clock.apart.is_some() { "bad" } else { "busy" }, clock_head(clock), clock.apart.clone())
        }
        (LinkView::Connected { .. }, SyncView::Alone) => {
            said("plain", "Alone", Some("no other node here yet".to_owned()))
        }
        (LinkView::Connected { .. }, SyncView::Syncing { done, total }) => {
            said("busy", "Syncing", Some(format!("{} of {} blocks", format::number(*done), format::number(*total))))
        }
        (LinkView::Connected { .. }, SyncView::Behind { nodes }) => said(
            "busy",
            "Behind",
            Some(format!("{} with more work", format::count(u64::from(*nodes), "node", "nodes"))),
        ),
        (LinkView::Connected { .. }, SyncView::Forked { agree, of }) => {
            said("busy", "Forked", Some(agreeing(*agree, *of)))
        }
        (LinkView::Connected { .. }, SyncView::Ahead { at_relay }) => {
            let who = if *at_relay { "only the relay has" } else { "no other node has" };
            said("busy", "Ahead", Some(format!("{who} this block yet")))
        }
        (LinkView::Connected { .. }, SyncView::InSync { agree, of }) => {
            said("good", "In sync", Some(agreeing(*agree, *of)))
        }
    }
}

/// How many of the other nodes here agree; the relay is not one of them.
fn agreeing(agree: u32, of: u32) -> String {
    match (agree, of) {
        (1, 1) => "the other node here agrees".to_owned(),
        (0, 1) => "the other node here disagrees".to_owned(),
        _ => format!("{agree} of {} agree", format::count(u64::from(of), "other node", "other nodes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_relay_is_said_before_anything_about_the_chain() {
        let connecting = LinkView::Connecting { attempt: 2, retry_at_ms: None };
        assert_eq!(say(&connecting, &SyncView::InSync { agree: 3, of: 3 }).head, "Offline");
    }

    #[test]
    fn a_classic_room_tells_who_is_here_and_nothing_of_sync() {
        let connected = LinkView::Connected { latency_ms: None };
        let said = say_classic(&connected, 2);
        assert_eq!((said.head.as_str(), said.rest.as_deref()), ("Connected", Some("2 other nodes here")));
        assert_eq!(say_classic(&connected, 0).head, "Alone");
    }

    #[test]
    fn only_other_nodes_are_counted_among_those_that_agree() {
        assert_eq!(agreeing(1, 1), "the other node here agrees");
        assert_eq!(agreeing(0, 1), "the other node here disagrees");
        assert_eq!(agreeing(2, 3), "2 of 3 other nodes agree");
    }

    #[test]
    fn only_a_chain_that_others_agree_on_is_green() {
        let connected = LinkView::Connected { latency_ms: None };
        let clock = |apart: bool| ClockView {
            apart: apart.then(|| "1 h 0 min behind".to_owned()),
            says: "says".to_owned(),
            advice: "advice".to_owned(),
        };
        for (sync, head, tone) in [
            (SyncView::InSync { agree: 2, of: 2 }, "In sync", "good"),
            (SyncView::Forked { agree: 1, of: 2 }, "Forked", "busy"),
            (SyncView::Ahead { at_relay: true }, "Ahead", "busy"),
            (SyncView::Alone, "Alone", "plain"),
            (SyncView::Offline, "Connecting", "busy"),
            (SyncView::Clock(clock(true)), "Clock wrong", "bad"),
            (SyncView::Clock(clock(false)), "Waiting for the time", "busy"),
        ] {
            let said = say(&connected, &sync);
            assert_eq!((said.head.as_str(), said.tone), (head, tone));
        }
    }

    #[test]
    fn a_chain_with_more_work_elsewhere_is_said_to_be_behind() {
        let connected = LinkView::Connected { latency_ms: None };
        let behind = say(&connected, &SyncView::Behind { nodes: 2 });
        assert_eq!((behind.tone, behind.head.as_str()), ("busy", "Behind"));
        assert_eq!(behind.rest.as_deref(), Some("2 nodes with more work"));
    }
}
