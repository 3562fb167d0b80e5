//! `relay bridge`: joins a learner's own Python node to a hosted classic room, over an outbound WebSocket alone.
//!
//! The bridge is a member of the room like a tab: it has an id, a name and an address, and stands on everyone's Peers
//! page. What comes for its address it asks of the node beside it, and answers with what that says. The node need not
//! know: it is the tutorial's script, unmodified.

mod forward;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use shared::exchange::{Answer, CLASSIC_CHAIN_BYTES_MAX, Request, ToMember, ToRelay};
use shared::protocol::Role;
use shared::tutorial::Call;
use shared::{NodeName, Params, Receipt, Seed};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::{info, warn};

use crate::member::{Heard, Member, RelayUrl, api, first_answer};
use crate::output;
use crate::relay::random;
pub use forward::{NodeUrl, NodeUrlError};

/// How the bridge names itself to its peers.
const AGENT: &str = concat!("tabcoin-bridge/", env!("CARGO_PKG_VERSION"));
/// Requests handed to the Python node at a time; it answers one after the other.
const UNDER_WAY_MAX: usize = 32;
/// Frames waiting either way between the bridge and its link.
const WAITING_MAX: usize = 64;
/// How often the Python node is asked whether its chain has changed, in milliseconds: its owner may mine by other ways.
const LOOK_MS: u64 = 3_000;
/// How long the Python node may take to say what its chain is, in milliseconds.
const LOOK_WITHIN_MS: u64 = 5_000;

/// What a bridge is started with.
#[derive(Debug)]
pub struct Bridge {
    /// The relay.
    pub relay: RelayUrl,
    /// The Python node.
    pub node: NodeUrl,
    /// Its keys.
    pub seed: Seed,
    /// What others see it called.
    pub name: Option<NodeName>,
    /// Whether everyone may have it mine, pay and connect.
    pub is_open: bool,
}

/// What is decided of a request before the Python node is asked.
struct Door {
    token: String,
    is_open: bool,
}

impl Door {
    /// # Errors
    /// The answer that refuses.
    fn check(&self, request: &Request) -> Result<Call, Answer> {
        let call = Call::parse(request)?;
        if !call.route().is_change() || request.may_change(&self.token, self.is_open) {
            return Ok(call);
        }
        let found = if request.token.is_some() { "another token" } else { "none" };
        Err(Answer::refusal(401, &Receipt::new("control token", "the token that the bridge printed", found)))
    }
}

impl Bridge {
    /// Makes sure that the node speaks the tutorial, where it answers already. Runs until the relay refuses it for good, or the future is dropped. Prints where the node is reached from now on,
    /// and with which token.
    ///
    /// # Errors
    /// The relay's refusal, or that the node's host cannot be found.
    pub async fn run(self) -> Result<(), BridgeError> {
        let address = self.node.resolve().await?;
        match forward::chain(&self.node, address, Duration::from_millis(LOOK_WITHIN_MS)).await {
            Ok(_) => {}
            // It may be started later.
            Err(receipt) if receipt.rule == "node" => {
                output::line(format_args!("no node answers yet at {}: start it", self.node))?;
            }
            Err(receipt) => return Err(BridgeError::NotTutorial { node: self.node, receipt }),
        }
        let relay = self.relay.clone();
        let member = Member::new(self.relay, Params::classic(), &self.seed, self.name, Role::Bridge, AGENT);
        let door = Door { token: hex::encode(&random()[..16]), is_open: self.is_open };
        let way_in = if door.is_open {
            "open to everyone: whoever reaches this address may mine, pay and connect".to_owned()
        } else {
            format!("to mine, pay or connect, send the token: curl -H 'Authorization: Bearer {}' …", door.token)
        };
        let (name, id, url) = (member.name(), member.id().short(), member.url());
        output::line(format_args!("bridge {name} ({id}): {} is {url}\n{way_in}", self.node))?;
        first_answer::room_params(&relay, &Params::classic().room).await.map_err(BridgeError::Refused)?;
        let (heard_out, heard) = mpsc::channel(WAITING_MAX);
        let (say, said) = mpsc::channel(WAITING_MAX);
        let carrying = Carrying { node: self.node, address, door, say, kept: None };
        tokio::select! {
            ended = member.run(heard_out, said) => ended.map_err(BridgeError::Refused),
            () = carrying.run(heard) => Ok(()),
        }
    }
}

/// Why a bridge ends.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The relay will not have it, or no relay is there.
    #[error("{}", api::refused_in_words(.0))]
    Refused(Receipt),
    /// The node cannot be found.
    #[error(transparent)]
    Node(#[from] NodeUrlError),
    /// Something else answers there.
    #[error("expected --node to name a node of the tutorial, and {node} is none: {receipt}")]
    NotTutorial {
        /// Where it is.
        node: NodeUrl,
        /// What was expected of it and found.
        receipt: Receipt,
    },
    /// Standard output takes nothing.
    #[error("expected standard output to take a line, found: {0}")]
    Output(#[from] io::Error),
}

impl BridgeError {
    /// Whether another command line would help.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Node(_) | Self::NotTutorial { .. })
    }
}

/// Carries requests to the Python node and its answers back, and tells the relay when its chain has changed.
struct Carrying {
    node: NodeUrl,
    address: SocketAddr,
    door: Door,
    say: mpsc::Sender<ToRelay>,
    /// The chain that the relay was last told of.
    kept: Option<String>,
}

impl Carrying {
    async fn run(mut self, mut heard: mpsc::Receiver<Heard>) {
        let mut asking: JoinSet<()> = JoinSet::new();
        let mut look = tokio::time::interval(Duration::from_millis(LOOK_MS));
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                news = heard.recv() => match news {
                    // What the relay was told before may not have been kept.
                    Some(Heard::Joined) => {
                        self.kept = None;
                        look.reset_immediately();
                    }
                    Some(Heard::Lost(receipt)) => warn!(%receipt, "the link to the relay is down; trying again"),
                    Some(Heard::Exchange(ToMember::Request(request))) => self.answer(request, &mut asking).await,
                    // The Python node cannot be stopped half-way, and a bridge fetches nothing.
                    Some(Heard::Exchange(ToMember::Cancel { .. } | ToMember::Fetched { .. })) => {}
                    // Nothing is mined here.
                    Some(Heard::Clock(Some(trouble))) => warn!(advice = trouble.advice(), "{trouble}"),
                    Some(
                        Heard::Tip { .. } | Heard::Mining(_) | Heard::Mined { .. } | Heard::Untaken(_) | Heard::Clock(None),
                    ) => {}
                    None => return,
                },
                Some(_) = asking.join_next() => look.reset_immediately(),
                _ = look.tick() => self.look().await,
            }
        }
    }

    async fn answer(&self, request: Request, asking: &mut JoinSet<()>) {
        let number = request.number;
        let refused = match self.door.check(&request) {
            Err(answer) => Some(answer),
            Ok(_) if asking.len() >= UNDER_WAY_MAX => {
                let expected = format!("at most {UNDER_WAY_MAX} requests at a time");
                Some(Answer::refusal(503, &Receipt::new("requests under way", expected, "one more")))
            }
            Ok(_) => None,
        };
        match refused {
            Some(answer) => {
                info!(method = request.method, path = request.path, status = answer.status, "refused");
                self.tell(ToRelay::Answer { number, answer }).await;
            }
            None => {
                let (node, address, say) = (self.node.clone(), self.address, self.say.clone());
                asking.spawn(async move {
                    let answer = forward::ask(&node, address, &request).await;
                    info!(method = request.method, path = request.path, status = answer.status, "answered");
                    // The bridge may have ended.
                    let _ = say.send(ToRelay::Answer { number, answer }).await;
                });
            }
        }
    }

    /// Tells the relay of the node's chain where it is another than before.
    async fn look(&mut self) {
        let within = Duration::from_millis(LOOK_WITHIN_MS);
        match forward::chain(&self.node, self.address, within).await {
            Ok(chain) if self.kept.as_ref() != Some(&chain) && chain.len() <= CLASSIC_CHAIN_BYTES_MAX => {
                self.tell(ToRelay::Keep { chain: chain.clone() }).await;
                self.kept = Some(chain);
            }
            Ok(_) => {}
            // Said once, not every three seconds.
            Err(receipt) if self.kept.take().is_some() => warn!(%receipt, "the node does not answer"),
            Err(_) => {}
        }
    }

    async fn tell(&self, what: ToRelay) {
        // The bridge may be ending.
        let _ = self.say.send(what).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, token: Option<&str>) -> Request {
        Request {
            number: 1,
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: String::new(),
            content_type: None,
            body: String::new(),
            token: token.map(str::to_owned),
            agent: None,
            is_foreign: false,
            within_ms: 1_000,
        }
    }

    #[test]
    fn what_changes_the_node_needs_the_token_unless_it_is_open() {
        let closed = Door { token: "right".to_owned(), is_open: false };
        closed.check(&request("/get_chain", None)).expect("reading is open");
        closed.check(&request("/mine_block", Some("right"))).expect("the token");
        for token in [None, Some("wrong"), Some("")] {
            assert_eq!(closed.check(&request("/mine_block", token)).expect_err("no token").status, 401);
        }
        Door { token: String::new(), is_open: true }.check(&request("/mine_block", None)).expect("it is open");
        assert_eq!(closed.check(&request("/elsewhere", Some("right"))).expect_err("no route").status, 404);
    }
}
