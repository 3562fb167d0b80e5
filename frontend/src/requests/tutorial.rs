//! The tutorial's six requests for a node, in the order in which they make a story.

use serde_json::json;
use shared::tutorial::Route;

use super::{Member, Site};
use crate::node::view::RulesView;

/// A request, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Which of the six.
    pub route: Route,
    /// What it is called.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub what: &'static str,
    /// Where it goes.
    pub url: String,
    /// The body, JSON.
    pub body: Option<String>,
    /// The token that goes with it.
    pub token: Option<String>,
    /// What it answers.
    pub tried: Tried,
}

/// What a request answers when all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// This status.
    Answers(u16),
    /// This status, or a refusal where the node's owner has closed it.
    AnswersOrIsClosed(u16),
}

/// The order of the story: connect, mine, pay, look, follow, check.
const STORY: [Route; 6] =
    [Route::ConnectNode, Route::MineBlock, Route::AddTransaction, Route::GetChain, Route::ReplaceChain, Route::IsValid];

/// The requests for a node of the site: all six for this tab and wherever tabs are open by default, reading alone
/// elsewhere, for a token that is another's is not here.
pub fn ready(site: &Site, member: &Member) -> Vec<Ready> {
    let own = member.id == site.own.id;
    let all = own || site.rules == RulesView::Classic;
    let wanted = STORY.into_iter().filter(|route| all || !route.is_change());
    wanted
        .map(|route| {
            let status = if route.method() == "POST" { 201 } else { 200 };
            let may_be_closed = route.is_change() && !own;
            Ready {
                route,
                name: name(route),
                what: what(route, site.rules),
                url: format!("{}{}", site.url(member), route.path()),
                body: body(route, site, member),
                token: site.token.clone().filter(|_| own && route.is_change()),
                tried: if may_be_closed { Tried::AnswersOrIsClosed(status) } else { Tried::Answers(status) },
            }
        })
        .collect()
}

fn name(route: Route) -> &'static str {
    match route {
        Route::ConnectNode => "Connect to the other nodes",
        Route::MineBlock => "Mine a block",
        Route::AddTransaction => "Pay somebody",
        Route::GetChain => "See the chain",
        Route::ReplaceChain => "Replace the chain",
        Route::IsValid => "Is the chain valid?",
        Route::DisconnectNode => "Disconnect nodes",
        Route::StartOver => "Start over",
        Route::DropTransactions => "Drop what waits",
    }
}

fn what(route: Route, rules: RulesView) -> &'static str {
    match (route, rules) {
        (Route::ConnectNode, _) => {
            "Tells the node where others are; replace_chain asks them. In http://NAME:x@host, NAME is a node's id, or \
             the room's name for the relay's own node; x stands where a token would, which reading does not need."
        }
        (Route::MineBlock, RulesView::Sealed) => {
            "Mines until one block is found, which may take half a minute, and answers with it."
        }
        (Route::MineBlock, RulesView::Classic) => {
            "Mines one block at once and answers with it. All waiting transactions go into it."
        }
        (Route::AddTransaction, RulesView::Sealed) => {
            "Pays from this tab's wallet, which signs. Names of nodes and of your contacts will do."
        }
        (Route::AddTransaction, RulesView::Classic) => {
            "Puts a transaction into the next block. Nobody asks whether the sender has it, or is the sender."
        }
        (Route::GetChain, _) => "Every block, the oldest first.",
        (Route::ReplaceChain, RulesView::Sealed) => {
            "Asks every node for its chain and adopts the one with the most work."
        }
        (Route::ReplaceChain, RulesView::Classic) => {
            "Asks every connected node for its chain and adopts the longest valid one."
        }
        (Route::DisconnectNode, _) => "Takes nodes away again; replace_chain no longer asks them.",
        (Route::StartOver, _) => "Begins a new chain, as a restart of the tutorial's script does.",
        (Route::DropTransactions, _) => "Gives up the transactions that wait for a block.",
        (Route::IsValid, RulesView::Sealed) => "Checks every block again.",
        (Route::IsValid, RulesView::Classic) => {
            "Checks every link and every proof. The lesson shows what that is worth."
        }
    }
}

fn body(route: Route, site: &Site, member: &Member) -> Option<String> {
    match (route, site.rules) {
        (Route::ConnectNode, _) => {
            let others = site.others.iter().chain([&site.own]).filter(|other| other.id != member.id);
            let nodes: Vec<String> = others.map(|other| site.short_url(other, "x")).collect();
            Some(json!({ "nodes": nodes }).to_string())
        }
        (Route::AddTransaction, RulesView::Sealed) => Some(payment(&site.own.name, site.receiver(), 1)),
        (Route::AddTransaction, RulesView::Classic) => Some(payment("alice", "bob", 5)),
        _ => None,
    }
}

/// A payment with its fields in the tutorial's order.
fn payment(sender: &str, receiver: &str, amount: u64) -> String {
    format!("{{\"sender\": {}, \"receiver\": {}, \"amount\": {amount}}}", json!(sender), json!(receiver))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::site;
    use super::*;

    fn routes(ready: &[Ready]) -> Vec<Route> {
        ready.iter().map(|ready| ready.route).collect()
    }

    #[test]
    fn this_tab_is_asked_everything_and_a_closed_one_only_what_it_answers_anybody() {
        let sealed = site(RulesView::Sealed, Some("secret"));
        assert_eq!(routes(&ready(&sealed, &sealed.own)), STORY);
        let other = ready(&sealed, &sealed.others[1]);
        assert_eq!(routes(&other), [Route::GetChain, Route::IsValid]);
        assert!(other.iter().all(|ready| ready.token.is_none()));
        let classic = site(RulesView::Classic, None);
        assert_eq!(routes(&ready(&classic, &classic.others[1])), STORY);
    }

    #[test]
    fn the_token_goes_with_changes_of_this_tab_and_with_nothing_else() {
        let sealed = site(RulesView::Sealed, Some("secret"));
        for ready in ready(&sealed, &sealed.own) {
            assert_eq!(ready.token.is_some(), ready.route.is_change(), "{:?}", ready.route);
            assert!(!ready.body.unwrap_or_default().contains("secret"));
            assert!(!ready.url.contains("secret"));
        }
        let open = site(RulesView::Sealed, None);
        assert!(ready(&open, &open.own).iter().all(|ready| ready.token.is_none()));
    }

    #[test]
    fn a_payment_is_written_as_the_tutorial_writes_it() {
        let mut sealed = site(RulesView::Sealed, None);
        sealed.others.drain(1..3);
        let body = body(Route::AddTransaction, &sealed, &sealed.own);
        assert_eq!(
            body.as_deref(),
            Some("{\"sender\": \"swift heron\", \"receiver\": \"Zoë's laptop\", \"amount\": 1}"),
        );
    }

    #[test]
    fn nobody_is_connected_to_himself() {
        let sealed = site(RulesView::Sealed, None);
        let body = body(Route::ConnectNode, &sealed, &sealed.own).expect("a body");
        assert!(!body.contains(&sealed.own.id));
        assert!(body.contains(&format!("http://{}:x@127.0.0.1:5001", sealed.others[1].id)));
    }
}
