//! The link to the relay: one WebSocket, tried again with [`Backoff`] for as long as the tab lives.
//!
//! It carries frames. Binary ones are the node's, and the link knows nothing of what is in them; a text frame is about
//! HTTP ([`ToMember`], [`ToRelay`]). One that cannot be read is left out with a warning: the node at the other end may
//! still be an honest one, and whoever waits for an answer is told by the relay that there is none. Whether the peer at the other end greeted is the node's
//! business; the driver tells the link when that happened, and only then does the back-off start over, so that a relay
//! which takes connections but refuses this node is not hammered.

use js_sys::{ArrayBuffer, Uint8Array};
use shared::Timestamp;
use shared::exchange::{EXCHANGE_BYTES_MAX, ToMember, ToRelay};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{BinaryType, MessageEvent, WebSocket};

use super::clock;
use super::inbox::{Inbox, Input, LinkEvent, LinkInput};
use super::port::fetch;
use shared::protocol::Backoff;

/// How many bytes may wait to be sent before the link is given up as stuck. More than a whole mempool and a batch of
/// blocks, so an honest relay on a slow line does not get there.
const WAITING_BYTES_MAX: u32 = 32 * 1024 * 1024;
/// How long a connection may take to open, in milliseconds.
const OPEN_MS: u64 = 10_000;
/// How long the relay may take to answer before it is asked again, in milliseconds.
const ASK_MS: u64 = 3_000;

/// Where the link stands.
#[derive(Debug)]
enum State {
    /// Waiting for the next try.
    Down { retry_at: Timestamp },
    /// Asking since then whether the relay answers.
    Asking { since: Timestamp },
    /// Opening since then.
    Opening { socket: Socket, since: Timestamp },
    /// Open, and maybe the relay has greeted.
    Open { socket: Socket, is_greeted: bool },
}

/// The link to the relay.
#[derive(Debug)]
pub struct Link {
    url: String,
    /// What a relay that runs answers.
    health_url: String,
    inbox: Inbox,
    /// Counts connections; the number of the current one is the peer's number.
    number: u64,
    backoff: Backoff,
    state: State,
}

impl Link {
    /// A link to the room of a relay, to be opened at the first [`Link::tick`].
    pub fn new(base: &str, room: &str, inbox: Inbox) -> Self {
        Self {
            url: socket_url(base, room),
            health_url: format!("{base}/healthz"),
            inbox,
            number: 0,
            backoff: Backoff::default(),
            state: State::Down { retry_at: Timestamp::from_ms(0) },
        }
    }

    /// The number of the current connection.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The number of the try that is under way or next.
    pub fn attempt(&self) -> u32 {
        self.backoff.attempt()
    }

    /// When the next try is made; `None` while one is under way or the link is open.
    pub fn retry_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Down { retry_at } => Some(retry_at),
            State::Asking { .. } | State::Opening { .. } | State::Open { .. } => None,
        }
    }

    /// Whether what is said now is heard: before the relay has greeted it hears only the handshake.
    pub fn is_greeted(&self) -> bool {
        matches!(self.state, State::Open { is_greeted: true, .. })
    }

    /// Whether this is the current connection, and it is not open yet.
    pub fn is_opening(&self, number: u64) -> bool {
        number == self.number && matches!(self.state, State::Opening { .. })
    }

    /// When [`Link::tick`] has something to do.
    pub fn next_tick(&self) -> Option<Timestamp> {
        match self.state {
            State::Down { retry_at } => Some(retry_at),
            State::Asking { since } => Some(since.plus_ms(ASK_MS)),
            State::Opening { since, .. } => Some(since.plus_ms(OPEN_MS)),
            State::Open { .. } => None,
        }
    }

    /// Opens the link when it is time, and gives up a connection that does not open. A clock that was set back puts
    /// nothing off.
    pub fn tick(&mut self, now: Timestamp) {
        match self.state {
            State::Down { retry_at } if retry_at <= now || retry_at > now.plus_ms(Backoff::LONGEST_MS) => {
                self.try_again(now)
            }
            State::Asking { since } if is_over(since, ASK_MS, now) => self.down(now),
            State::Opening { since, .. } if is_over(since, OPEN_MS, now) => self.down(now),
            _ => {}
        }
    }

    /// Tries at once if the link is down: the browser came online, the page is looked at again, or its owner says so.
    pub fn hurry(&mut self, now: Timestamp) {
        if let State::Down { retry_at } = &mut self.state {
            *retry_at = now;
        }
    }

    /// Notes that the relay answers, so that the link can be opened.
    pub fn answers(&mut self, number: u64, now: Timestamp) {
        if number == self.number && matches!(self.state, State::Asking { .. }) {
            self.open(now);
        }
    }

    /// Notes that the current connection opened. False where the news is of an older one.
    pub fn opened(&mut self, number: u64) -> bool {
        if number != self.number {
            return false;
        }
        let down = State::Down { retry_at: Timestamp::from_ms(0) };
        match std::mem::replace(&mut self.state, down) {
            State::Opening { socket, .. } => {
                self.state = State::Open { socket, is_greeted: false };
                true
            }
            other => {
                self.state = other;
                false
            }
        }
    }

    /// Notes that the relay greeted: the next break starts with a short wait.
    pub fn greeted(&mut self) {
        self.backoff.succeeded();
        if let State::Open { is_greeted, .. } = &mut self.state {
            *is_greeted = true;
        }
    }

    /// Notes that the current connection is closed. False where the news is of an older one.
    pub fn closed(&mut self, number: u64, now: Timestamp) -> bool {
        let current = number == self.number && !matches!(self.state, State::Down { .. });
        if current {
            self.down(now);
        }
        current
    }

    /// Closes the current connection; the next try comes after the usual wait.
    pub fn cut(&mut self, now: Timestamp) {
        if !matches!(self.state, State::Down { .. }) {
            self.down(now);
        }
    }

    /// Sends a frame on the current connection; nothing where there is none. A connection that takes nothing any more
    /// is closed.
    pub fn send(&self, number: u64, bytes: &[u8]) {
        self.send_with(number, |socket| socket.send_with_u8_array(bytes));
    }

    /// Says something about HTTP on the current connection; nothing where there is none, or the relay has not greeted.
    pub fn say(&self, number: u64, frame: &ToRelay) {
        if !self.is_greeted() {
            return;
        }
        let text = serde_json::to_string(frame).expect("frames have text keys and no values that JSON lacks");
        self.send_with(number, |socket| socket.send_with_str(&text));
    }

    fn send_with(&self, number: u64, send: impl FnOnce(&WebSocket) -> Result<(), JsValue>) {
        let State::Open { socket: Socket { socket, .. }, .. } = &self.state else { return };
        if number != self.number {
            return;
        }
        if socket.buffered_amount() > WAITING_BYTES_MAX || send(socket).is_err() {
            self.inbox.put(Input::Link(LinkInput { link: number, event: LinkEvent::Closed }));
        }
    }

    /// Opens the link; after a break or a try that failed, only once the relay answers. Browsers put WebSockets off, for
    /// seconds, to where a few have failed, and ten tabs that try once each are ten that failed. Requests they never put off.
    fn try_again(&mut self, now: Timestamp) {
        if self.backoff.attempt() == 1 {
            return self.open(now);
        }
        self.number += 1;
        self.state = State::Asking { since: now };
        let (url, number, inbox) = (self.health_url.clone(), self.number, self.inbox.clone());
        spawn_local(async move {
            let event = if answers(&url).await { LinkEvent::Answers } else { LinkEvent::Closed };
            inbox.put(Input::Link(LinkInput { link: number, event }));
        });
    }

    fn open(&mut self, now: Timestamp) {
        self.number += 1;
        match Socket::open(&self.url, self.number, &self.inbox) {
            Ok(socket) => self.state = State::Opening { socket, since: now },
            Err(error) => {
                web_sys::console::error_1(&error);
                self.down(now);
            }
        }
    }

    fn down(&mut self, now: Timestamp) {
        // Without randomness there is no jitter, and the tab could not have made its keys.
        let random = clock::random::<4>().map_or(u32::MAX, u32::from_le_bytes);
        self.state = State::Down { retry_at: now.plus_ms(self.backoff.failed(random)) };
    }
}

/// Whether so much time has passed, or the clock was set back.
fn is_over(since: Timestamp, ms: u64, now: Timestamp) -> bool {
    now.ms_since(since) >= ms || since > now
}

/// Whether anything answers there.
async fn answers(url: &str) -> bool {
    match fetch(url) {
        Ok(promise) => JsFuture::from(promise).await.is_ok(),
        Err(_) => false,
    }
}

/// A WebSocket and what listens at it. Dropping it closes the connection.
#[derive(Debug)]
struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut()>,
}

impl Socket {
    fn open(url: &str, number: u64, inbox: &Inbox) -> Result<Self, JsValue> {
        let socket = WebSocket::new(url)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let teller = |event: fn() -> LinkEvent| {
            let inbox = inbox.clone();
            Closure::<dyn FnMut()>::new(move || inbox.put(Input::Link(LinkInput { link: number, event: event() })))
        };
        let (on_open, on_close) = (teller(|| LinkEvent::Opened), teller(|| LinkEvent::Closed));
        let heard = inbox.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let event = match event.data().dyn_into::<ArrayBuffer>() {
                Ok(data) => LinkEvent::Frame(Uint8Array::new(&data).to_vec()),
                Err(text) => match read(&text.as_string().unwrap_or_default()) {
                    Ok(exchange) => LinkEvent::Exchange(exchange),
                    Err(error) => {
                        web_sys::console::warn_1(&format!("a text frame is left out: {error}").into());
                        return;
                    }
                },
            };
            heard.put(Input::Link(LinkInput { link: number, event }));
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        // An error is always followed by a close.
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Ok(Self { socket, _on_open: on_open, _on_message: on_message, _on_close: on_close })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        self.socket.close().ok();
    }
}

/// Reads a text frame. What it says is not told: there may be a token in it.
fn read(text: &str) -> Result<ToMember, String> {
    if text.len() > EXCHANGE_BYTES_MAX {
        return Err(format!("{} bytes, and {EXCHANGE_BYTES_MAX} are allowed", text.len()));
    }
    serde_json::from_str(text).map_err(|error| format!("not of this exchange, at byte {}", error.column()))
}

/// The address of a room's WebSocket, from where the page came from.
fn socket_url(origin: &str, room: &str) -> String {
    let origin = match origin.split_once("://") {
        Some(("https", host)) => format!("wss://{host}"),
        Some((_, host)) => format!("ws://{host}"),
        None => origin.to_owned(),
    };
    format!("{origin}/ws/{room}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_frame_that_is_none_of_the_exchange_is_refused_without_telling_what_it_says() {
        assert_eq!(read(r#"{"cancel":{"number":7}}"#), Ok(ToMember::Cancel { number: 7 }));
        let long = format!(r#"{{"cancel":{{"number":7}}}}{}"#, " ".repeat(EXCHANGE_BYTES_MAX));
        for text in ["", "[]", "null", r#"{"request":{"number":1,"token":"secret"}}"#, &long] {
            let error = read(text).expect_err("none of the exchange");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_secure_page_uses_a_secure_socket() {
        assert_eq!(socket_url("http://127.0.0.1:5001", "main"), "ws://127.0.0.1:5001/ws/main");
        assert_eq!(socket_url("https://coin.example", "main"), "wss://coin.example/ws/main");
        assert_eq!(socket_url("https://coin.example/coin", "main"), "wss://coin.example/coin/ws/main");
    }
}
