//! A tab without a browser: a real node over a real WebSocket, carried by a task of its own. It answers requests as the
//! test tells it to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use relay::clock;
use shared::exchange::{Answer, Request, ToMember, ToRelay};
use shared::protocol::{Config, Event, Message as NodeMessage, Mining, Node, Output, PeerId, Role};
use shared::state::{Job, MemoryBodies, Scalar, SearchCursor, search};
use shared::testing::{address, easy_params, key};
use shared::{Amount, BlockHash, NodeId, NodeName, Params, Receipt, SignedPayment, TransactionId, encode};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

use super::SOON;
use super::socket::{Client, handshake};

const LINK: PeerId = PeerId(0);
/// How often a condition is looked at and time passes for the node.
const TICK: Duration = Duration::from_millis(5);

/// The node and what it wants.
pub struct State {
    pub node: Node,
    /// What the relay said when it cut this tab off.
    pub refused: Option<Receipt>,
    /// Writes, and does not read any more.
    pub is_deaf: bool,
    /// What the relay said in text frames, in order.
    pub heard: Vec<ToMember>,
    job: Option<Job>,
    outgoing: Vec<Message>,
    answering: Option<Answering>,
}

/// Answers a request, or keeps it waiting.
type Answering = Box<dyn FnMut(&Request) -> Option<Answer> + Send>;

impl State {
    fn perform(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Send { bytes, .. } => self.outgoing.push(Message::Binary(bytes.into())),
                Output::CutOff { receipt, .. } => panic!("the relay was cut off: {receipt}"),
                Output::Mine(job) => self.job = job,
                Output::Event(Event::RefusedBy { receipt, .. }) => self.refused = Some(receipt),
                Output::Event(_) | Output::Store(_) => {}
            }
        }
    }

    /// Takes a text frame, and answers where it is to be answered.
    fn hear(&mut self, text: &str) {
        let said: ToMember = serde_json::from_str(text).expect("what a relay says");
        if let (ToMember::Request(request), Some(answering)) = (&said, &mut self.answering)
            && let Some(answer) = answering(request)
        {
            self.say(&ToRelay::Answer { number: request.number, answer });
        }
        self.heard.push(said);
    }

    fn say(&mut self, what: &ToRelay) {
        let text = serde_json::to_string(what).expect("JSON");
        self.outgoing.push(Message::Text(text.into()));
    }

    /// The requests that came.
    pub fn requests(&self) -> Vec<Request> {
        let request = |said: &ToMember| match said {
            ToMember::Request(request) => Some(request.clone()),
            _ => None,
        };
        self.heard.iter().filter_map(request).collect()
    }

    pub fn is_connected(&self) -> bool {
        self.node.peers().iter().any(|peer| peer.id.is_some())
    }

    fn is_in(&self) -> bool {
        self.node.peers().iter().any(|peer| peer.latency_ms.is_some())
    }
}

/// The tab.
pub struct Tab {
    number: u64,
    path: String,
    state: Arc<Mutex<State>>,
    outgoing: Arc<Notify>,
    carrier: Option<JoinHandle<()>>,
}

impl Tab {
    /// A tab that is not connected, with the key of this number.
    pub fn new(number: u64) -> Self {
        Self::new_in(easy_params(), number)
    }

    /// The same for the room of these parameters.
    pub fn new_in(params: Params, number: u64) -> Self {
        let path = format!("/ws/{}", params.room);
        let name = NodeName::from_id(&NodeId::of(&key(number).public()));
        let agent = "test".to_owned();
        let config = Config { role: Role::Tab, name, agent, auto_sync: true, address: address(number) };
        let mut entropy = [0; 32];
        getrandom::fill(&mut entropy).expect("random bytes");
        let node = Node::new(config, params, key(number), entropy, Box::new(MemoryBodies::default()));
        let state = State {
            node,
            refused: None,
            is_deaf: false,
            heard: Vec::new(),
            job: None,
            outgoing: Vec::new(),
            answering: None,
        };
        Self { number, path, state: Arc::new(Mutex::new(state)), outgoing: Arc::default(), carrier: None }
    }

    /// A tab that has joined the room.
    pub async fn join(relay: SocketAddr, number: u64) -> Self {
        let mut tab = Self::new(number);
        tab.connect(relay).await;
        tab
    }

    /// A tab that has joined the room of these parameters.
    pub async fn join_in(relay: SocketAddr, params: Params, number: u64) -> Self {
        let mut tab = Self::new_in(params, number);
        tab.connect(relay).await;
        tab
    }

    /// Connects and waits until both know each other: who the relay is, is known before the relay has looked at what
    /// this side proved, but a ping is answered only to those who are in.
    pub async fn connect(&mut self, relay: SocketAddr) {
        self.disconnect().await;
        let client = handshake(relay, &self.path, None).await.expect("let in");
        self.act(|node| node.peer_joined(LINK, clock::now()));
        let (state, outgoing) = (Arc::clone(&self.state), Arc::clone(&self.outgoing));
        self.carrier = Some(tokio::spawn(carry(client, state, outgoing)));
        self.until("the handshake", State::is_in).await;
    }

    /// Ends the connection without a word.
    pub async fn disconnect(&mut self) {
        if let Some(carrier) = self.carrier.take() {
            carrier.abort();
            // Aborted or ended.
            let _ = carrier.await;
            self.act(|node| node.peer_left(LINK, clock::now()));
            self.state().outgoing.clear();
        }
    }

    /// The node now.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while it is held")
    }

    /// Does something with the node, and what the node then wants.
    pub fn act<T>(&self, action: impl FnOnce(&mut Node) -> T) -> T {
        let mut state = self.state();
        let result = action(&mut state.node);
        state.perform();
        self.outgoing.notify_one();
        result
    }

    /// Waits until something holds.
    pub async fn until(&self, what: &str, holds: impl Fn(&State) -> bool) {
        let deadline = tokio::time::Instant::now() + SOON;
        while !holds(&self.state()) {
            assert!(tokio::time::Instant::now() < deadline, "tab {} waits for {what}", self.number);
            tokio::time::sleep(TICK).await;
        }
    }

    /// Waits until this tab is cut off.
    pub async fn is_cut_off(&self) {
        self.until("the cut", |state| !state.is_connected()).await;
    }

    /// Mines a block and sends it.
    pub fn mine(&self) -> BlockHash {
        let payout = address(self.number);
        self.act(|node| node.set_mining(Mining::Once { payout }, clock::now()));
        let job = self.state().job.expect("a job");
        let found = search(&Scalar, &job, SearchCursor::default(), u64::MAX).found;
        let (extra_nonce, proof) = found.expect("an easy proof");
        self.act(|node| node.mined(job.id, extra_nonce, proof, clock::now())).expect("a block")
    }

    /// Takes blocks as if from a file.
    pub fn import(&self, blocks: &[shared::Block]) {
        let mut blocks = blocks.iter().cloned();
        while self.act(|node| node.import(&mut blocks, clock::now())).expect("valid blocks").seen > 0 {}
    }

    /// Pays the tab with this number and sends it.
    pub fn pay(&self, receiver: u64, amount: Amount, fee: Amount) -> (TransactionId, SignedPayment) {
        self.act(|node| {
            let account = node.ledger().account(&address(self.number));
            let network = node.params().network();
            let payment = shared::testing::payment(network, self.number, receiver, amount, fee, account.next_sequence);
            let id = node.submit(payment.clone(), clock::now()).expect("a valid payment");
            (id, payment)
        })
    }

    /// Sends a message past the node.
    pub fn send(&self, message: &NodeMessage) {
        self.state().outgoing.push(Message::Binary(encode(message).into()));
        self.outgoing.notify_one();
    }

    /// From now on answers requests so; `None` keeps one waiting.
    pub fn answers(&self, answering: impl FnMut(&Request) -> Option<Answer> + Send + 'static) {
        self.state().answering = Some(Box::new(answering));
    }

    /// Sends a text frame.
    pub fn say(&self, what: &ToRelay) {
        self.state().say(what);
        self.outgoing.notify_one();
    }

    /// Sends a frame of the WebSocket past everything.
    pub fn push(&self, frame: Message) {
        self.state().outgoing.push(frame);
        self.outgoing.notify_one();
    }

    /// Sends a text frame that says nothing that there is.
    pub fn say_nonsense(&self, text: &str) {
        self.state().outgoing.push(Message::Text(text.to_owned().into()));
        self.outgoing.notify_one();
    }

    /// This node's id.
    pub fn id(&self) -> NodeId {
        self.state().node.id()
    }

    /// The end of this tab's chain.
    pub fn tip(&self) -> BlockHash {
        self.state().node.chain().tip().hash
    }

    /// Waits until the chain ends in this block.
    pub async fn reaches(&self, tip: BlockHash) {
        self.until("a tip", |state| state.node.chain().tip().hash == tip).await;
    }

    /// Waits until a payment is in the mempool.
    pub async fn hears_of(&self, payment: TransactionId) {
        self.until("a payment", |state| state.node.mempool().contains(&payment)).await;
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        if let Some(carrier) = &self.carrier {
            carrier.abort();
        }
    }
}

/// Carries messages until the connection ends.
async fn carry(mut client: Client, state: Arc<Mutex<State>>, outgoing: Arc<Notify>) {
    loop {
        let (messages, is_deaf) = {
            let mut state = state.lock().expect("no panic while it is held");
            (std::mem::take(&mut state.outgoing), state.is_deaf)
        };
        let mut is_gone = false;
        for message in messages {
            is_gone |= client.send(message).await.is_err();
        }
        if is_gone && is_deaf {
            return state.lock().expect("no panic while it is held").node.peer_left(LINK, clock::now());
        }
        let received = tokio::select! {
            received = client.next(), if !is_deaf => Some(received),
            () = outgoing.notified() => None,
            () = tokio::time::sleep(TICK) => None,
        };
        let mut state = state.lock().expect("no panic while it is held");
        let now = clock::now();
        match received {
            Some(Some(Ok(Message::Binary(bytes)))) => state.node.receive(LINK, &bytes, now),
            Some(Some(Ok(Message::Text(text)))) => state.hear(&text),
            Some(Some(Ok(Message::Close(_)) | Err(_)) | None) => {
                state.node.peer_left(LINK, now);
                state.perform();
                return;
            }
            Some(Some(Ok(_))) | None => {}
        }
        if state.node.next_wake().is_some_and(|wake| wake <= now) {
            state.node.wake(now);
        }
        state.perform();
    }
}
