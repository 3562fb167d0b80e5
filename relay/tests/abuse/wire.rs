//! What an attacker is made of: connections from a chosen address, a peer that says what it likes, and a look at what the
//! relay's process takes.

#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use shared::protocol::{Agent, Hello, Message as NodeMessage, PROTOCOL_VERSION, Role, Status, proof_bytes};
use shared::state::Tip;
use shared::testing::{address, key};
use shared::{CompactTarget, NodeName, Params, Receipt, Timestamp, decode, encode};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::common::SOON;
use crate::common::http::Answer;
use crate::common::process::Process;
use crate::common::socket::{Client, handshake_over};

/// A day: since the genesis of [`cheap_params`].
const DAY_MS: u64 = 86_400_000;

/// Parameters with which a proof takes one attempt, and whose genesis is long ago: what a proof costs is not what is
/// tested, and a laptop may have had months.
pub(crate) fn cheap_params() -> Params {
    Params {
        target_limit: CompactTarget::from_bits(0x2100_ffff),
        interval_ms: 1_000,
        half_life_ms: 120_000,
        genesis_time: Timestamp::from_ms(relay::clock::now().as_ms() - 60 * DAY_MS),
        ..shared::testing::easy_params()
    }
}

/// Connects from 127.0.0.`from`.
pub(crate) async fn tcp(relay: SocketAddr, from: u8) -> TcpStream {
    socket(from).connect(relay).await.expect("connected")
}

/// A socket at 127.0.0.`from`.
pub(crate) fn socket(from: u8) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((Ipv4Addr::new(127, 0, 0, from), 0).into()).expect("an address of this machine");
    socket
}

/// Opens a WebSocket to room `main` from 127.0.0.`from`, or gives the answer that refused it.
pub(crate) async fn websocket(relay: SocketAddr, from: u8) -> Result<Client, Answer> {
    handshake_over(tcp(relay, from).await, relay, "/ws/main", None).await
}

/// A peer that says what the test wants, true or not.
pub(crate) struct Stranger {
    pub(crate) client: Client,
    number: u64,
    tip: Tip,
    /// What it was closed with.
    closing: Option<CloseFrame>,
}

impl Stranger {
    /// Connected, not greeted.
    pub(crate) async fn connected(relay: SocketAddr, from: u8, params: &Params, number: u64) -> Self {
        let client = websocket(relay, from).await.expect("let in");
        Self::over(client, params, number)
    }

    /// The same over a WebSocket that is there already.
    pub(crate) fn over(client: Client, params: &Params, number: u64) -> Self {
        let genesis = params.genesis().header;
        let tip = Tip {
            hash: genesis.hash(),
            height: genesis.height,
            work: shared::Work::ZERO,
            timestamp: genesis.timestamp,
        };
        Self { client, number, tip, closing: None }
    }

    /// Connected, and greeted as a tab greets; the receipt when it is refused.
    pub(crate) async fn greeted(relay: SocketAddr, from: u8, params: &Params, number: u64) -> Result<Self, Receipt> {
        let mut stranger = Self::connected(relay, from, params, number).await;
        stranger.greet(params).await?;
        Ok(stranger)
    }

    /// Greets as a tab greets; the receipt when it is refused, or the words with which it is closed before it is in.
    pub(crate) async fn greet(&mut self, params: &Params) -> Result<(), Receipt> {
        let theirs = match self.hear().await {
            Some(NodeMessage::Hello(hello)) => hello,
            Some(other) => panic!("a relay greets first, and not with {other:?}"),
            None => return Err(self.closed()),
        };
        let own = self.hello(params);
        self.say(&NodeMessage::Hello(own.clone())).await;
        self.say(&NodeMessage::Proof(key(self.number).sign(&proof_bytes(&own, &theirs)))).await;
        loop {
            match self.hear().await {
                // What a relay says to those who are in.
                Some(NodeMessage::GetMempool) => return Ok(()),
                Some(NodeMessage::Refused(receipt)) => return Err(receipt),
                Some(_) => {}
                None => return Err(self.closed()),
            }
        }
    }

    fn closed(&self) -> Receipt {
        let reason = self.closing.as_ref().map_or("no words", |frame| frame.reason.as_str());
        Receipt::new("connection", "to be let in", format!("closed with {reason:?}"))
    }

    /// Whether it has been told, when it was closed, that it did not read, and what to do.
    pub(crate) fn is_told_to_resync(&self) -> bool {
        let is_it = |frame: &CloseFrame| u16::from(frame.code) == 1013 && frame.reason.contains("resync");
        self.closing.as_ref().is_some_and(is_it)
    }

    pub(crate) fn hello(&self, params: &Params) -> Hello {
        Hello {
            version: PROTOCOL_VERSION,
            network: params.network(),
            key: key(self.number).public(),
            role: Role::Tab,
            agent: Agent::new("stranger"),
            nonce: shared::sha256(&[&self.number.to_le_bytes()]),
            status: self.status(self.tip),
        }
    }

    fn status(&self, tip: Tip) -> Status {
        let name = NodeName::new("stranger").expect("a name");
        Status { name, address: address(self.number), tip, auto_sync: true }
    }

    /// Says that its chain ends there.
    pub(crate) async fn claim(&mut self, tip: Tip) {
        let status = self.status(tip);
        self.say(&NodeMessage::Status(status)).await;
    }

    /// Says it, if it still may: a relay that has had enough may have closed.
    pub(crate) async fn say(&mut self, message: &NodeMessage) {
        self.say_bytes(encode(message)).await;
    }

    pub(crate) async fn say_bytes(&mut self, bytes: Vec<u8>) {
        let _ = self.client.send(Message::Binary(bytes.into())).await;
    }

    /// The next message; `None` when the connection is over.
    pub(crate) async fn hear(&mut self) -> Option<NodeMessage> {
        let hearing = async {
            loop {
                match self.client.next().await? {
                    Ok(Message::Binary(bytes)) => {
                        return Some(decode(&bytes).expect("a relay's messages are messages"));
                    }
                    Ok(Message::Close(frame)) => {
                        self.closing = frame;
                        return None;
                    }
                    Err(_) => return None,
                    Ok(_) => {}
                }
            }
        };
        tokio::time::timeout(SOON, hearing).await.expect("it is told something, or the connection ends")
    }

    /// The receipt by which it is cut off.
    pub(crate) async fn is_cut_off(&mut self) -> Receipt {
        let mut found = None;
        while let Some(message) = self.hear().await {
            if let NodeMessage::Refused(receipt) = message {
                found = Some(receipt);
            }
        }
        found.expect("it is told why")
    }
}

/// What the process has in memory, in bytes.
pub(crate) fn memory(relay: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", relay.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line of it");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib << 10
}

/// The most that the process has in memory while something is done.
pub(crate) async fn peak<T>(relay: &Process, doing: impl Future<Output = T>) -> (u64, T) {
    let mut peak = memory(relay);
    let mut doing = std::pin::pin!(doing);
    loop {
        tokio::select! {
            done = &mut doing => return (peak.max(memory(relay)), done),
            () = tokio::time::sleep(Duration::from_millis(50)) => peak = peak.max(memory(relay)),
        }
    }
}

/// The processor time that the process has had.
pub(crate) fn processor_time(relay: &Process) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", relay.id())).expect("it runs");
    // The name of the program, in brackets, may hold spaces; after it come the state and eleven numbers.
    let rest = stat.rsplit_once(')').expect("a name").1;
    let ticks: u64 = rest.split_whitespace().skip(11).take(2).map(|number| number.parse::<u64>().expect("ticks")).sum();
    Duration::from_millis(ticks * 10)
}

/// Says what was measured, for who runs the test with `--nocapture`.
pub(crate) fn note(what: &str, began: Instant, relay: &Process) {
    let mib = memory(relay) >> 20;
    println!("{what}: {:.1?}, {mib} MiB, {:.1?} of processor time", began.elapsed(), processor_time(relay));
}
