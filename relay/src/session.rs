//! One WebSocket: carries a member's messages to the room and the room's to the member, within the limits. Text frames
//! are about HTTP, and go to and from [`crate::tabs`].
//!
//! It does not know what a message says. The handshake of nodes, and its time limit, belong to the node.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use shared::protocol::{MESSAGE_BYTES_MAX, Message as NodeMessage, PeerId};
use shared::{Receipt, encode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tracing::{debug, info};

use crate::guard::{Guarded, Meter};
use crate::limits::{
    CLOSE_MS, FRAME_HEADS_BYTES_MAX, MESSAGE_MS, READ_BUFFER_BYTES, UNFINISHED_BYTES_MAX, WRITE_BUFFER_BYTES,
};
use crate::outbox::{Closing, Frame, Next, Outbox};
use crate::room::Room;
use crate::tabs::Texts;

/// The most bytes of a close frame's reason.
const REASON_BYTES_MAX: usize = 123;
/// What a client's control frame takes besides its payload: two bytes and the mask, RFC 6455 section 5.2.
const CONTROL_HEAD_BYTES: usize = 6;

type Socket = WebSocketStream<Guarded<TcpStream>>;

/// Carries one connection until either side ends it.
pub async fn run(
    stream: Guarded<TcpStream>,
    already_read: Vec<u8>,
    meter: Arc<Meter>,
    outbox: Arc<Outbox>,
    room: Room,
    texts: Texts,
) {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES + 2 * MESSAGE_BYTES_MAX)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let socket = WebSocketStream::from_partially_read(stream, already_read, Role::Server, Some(config)).await;
    let (sink, stream) = socket.split();
    let peer = room.joined(Arc::clone(&outbox)).await;
    debug!(peer = peer.0, room = %room.params().room, "joined");

    let mut reader =
        Reader { stream, meter, outbox: Arc::clone(&outbox), room: room.clone(), peer, texts, is_proved: false };
    let mut writer = Writer { sink, outbox: Arc::clone(&outbox) };
    let is_closed_by_us = tokio::select! {
        () = reader.run() => false,
        () = outbox.cut() => {
            info!(peer = peer.0, "cut off: most of what waits in all waits for it");
            writer.last_words().await
        }
        result = writer.run() => match result {
            Ok(()) => true,
            Err(Error::Io(error)) if error.kind() == ErrorKind::TimedOut => {
                info!(peer = peer.0, %error, "cut off: it does not read");
                writer.last_words().await
            }
            Err(error) => {
                info!(peer = peer.0, %error, "cut off: writing failed");
                false
            }
        },
    };
    room.left(peer).await;
    debug!(peer = peer.0, "left");
    if is_closed_by_us && let Ok(socket) = reader.stream.reunite(writer.sink) {
        linger(socket).await;
    }
}

/// Lets the close frame arrive. A socket dropped with unread bytes resets the connection, and the member would never see
/// why it was closed.
async fn linger(socket: Socket) {
    let mut stream = socket.into_inner();
    let drain = async {
        let mut rest = [0; 1024];
        stream.shutdown().await?;
        while stream.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    };
    // Whatever goes wrong here, the connection is over.
    let _ = tokio::time::timeout(Duration::from_millis(CLOSE_MS), drain).await;
}

struct Reader {
    stream: SplitStream<Socket>,
    meter: Arc<Meter>,
    outbox: Arc<Outbox>,
    room: Room,
    peer: PeerId,
    texts: Texts,
    /// Whether the member has proved its id.
    is_proved: bool,
}

/// Why what a member sends is read no further.
enum Unread {
    /// It breaks a rule.
    Fault(Receipt),
    /// It comes too slowly, or too much comes from all members: it may come back.
    Late(Receipt),
}

/// What a member sends.
enum Received {
    Message(Vec<u8>),
    Text(Utf8Bytes),
}

impl Reader {
    /// Ends when the member has gone. After a refusal it goes on reading and throwing away, while the writer says why.
    async fn run(&mut self) {
        loop {
            self.outbox.half_empty().await;
            let taken = match self.next().await {
                Ok(Some(received)) if self.outbox.is_closing() => {
                    drop(received);
                    Ok(())
                }
                Ok(Some(Received::Message(bytes))) => {
                    self.room.message(self.peer, bytes).await;
                    self.allow_more().await;
                    Ok(())
                }
                Ok(Some(Received::Text(text))) => self.texts.take(self.peer, &text).await,
                Ok(None) => return,
                Err(Unread::Fault(receipt)) => Err(receipt),
                Err(Unread::Late(receipt)) => {
                    info!(peer = self.peer.0, %receipt, "cut off");
                    self.outbox.give_up(Closing::later(format!("{receipt}; reconnect")));
                    return std::future::pending().await;
                }
            };
            if let Err(receipt) = taken {
                let Receipt { rule, expected, found } = &receipt;
                info!(peer = self.peer.0, rule, expected, found, "refused");
                refuse(&self.outbox, &receipt);
                self.room.fault(self.peer, receipt).await;
                // A stream that broke a rule of framing cannot be read any more, and nobody wants more of another: the
                // writer ends the session.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Lets a member that has proved its id send messages of the usual size.
    async fn allow_more(&mut self) {
        if !self.is_proved && self.texts.is_known(self.peer).await {
            self.is_proved = true;
            self.meter.allow(MESSAGE_BYTES_MAX + FRAME_HEADS_BYTES_MAX);
        }
    }

    /// The next message or text; `None` when the connection is over.
    async fn next(&mut self) -> Result<Option<Received>, Unread> {
        let fault = |receipt| Err(Unread::Fault(receipt));
        loop {
            // From the message's first byte on: what comes between its fragments gives it no more time.
            let limit = Duration::from_millis(MESSAGE_MS);
            let deadline = self.meter.began().unwrap_or_else(Instant::now) + limit;
            let received = tokio::select! {
                biased;
                () = self.meter.cut() => return Err(too_much_is_unfinished()),
                () = tokio::time::sleep_until(deadline) => {
                    if self.meter.began().is_some_and(|began| began.elapsed() >= limit) {
                        let expected = format!("a whole message within {MESSAGE_MS} ms");
                        return Err(Unread::Late(Receipt::new("message time", expected, "part of one")));
                    }
                    continue;
                }
                received = self.stream.next() => received,
            };
            match received {
                Some(Ok(Message::Binary(bytes))) => {
                    self.meter.finish();
                    return Ok(Some(Received::Message(bytes.into())));
                }
                Some(Ok(Message::Text(text))) => {
                    self.meter.finish();
                    return Ok(Some(Received::Text(text)));
                }
                Some(Ok(other)) => self.meter.took(other.len() + CONTROL_HEAD_BYTES),
                Some(Err(Error::Capacity(error))) => {
                    let expected = format!("at most {MESSAGE_BYTES_MAX} bytes");
                    return fault(Receipt::new("message size", expected, error.to_string()));
                }
                // A tab that was killed, or its network: no fault of anybody's.
                Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))) => return Ok(None),
                Some(Err(Error::Protocol(error))) => {
                    return fault(Receipt::new("WebSocket framing", "frames by RFC 6455", error.to_string()));
                }
                Some(Err(Error::Utf8(error))) => {
                    return fault(Receipt::new("WebSocket framing", "text frames in UTF-8", error));
                }
                Some(Err(Error::Io(error))) if error.kind() == ErrorKind::QuotaExceeded => {
                    return Err(too_much_is_unfinished());
                }
                Some(Err(Error::Io(error))) if error.kind() == ErrorKind::FileTooLarge => {
                    let most = self.meter.message_max();
                    if self.is_proved {
                        let expected = format!("at most {most} bytes with the heads of its frames");
                        return fault(Receipt::new("message size", expected, "more"));
                    }
                    // Nobody has said yet who it is: its address is not charged for it.
                    let expected = format!("at most {most} bytes before the handshake is done");
                    return Err(Unread::Late(Receipt::new("message size", expected, "more")));
                }
                Some(Err(error)) => {
                    debug!(peer = self.peer.0, %error, "connection lost");
                    return Ok(None);
                }
                None => return Ok(None),
            }
        }
    }
}

fn too_much_is_unfinished() -> Unread {
    let expected = format!("at most {UNFINISHED_BYTES_MAX} bytes");
    Unread::Late(Receipt::new("unfinished messages in all", expected, "more, and most of it here"))
}

/// Tells the member why, and closes.
pub(crate) fn refuse(outbox: &Outbox, receipt: &Receipt) {
    // A full queue closes the session by itself.
    let _ = outbox.push(encode(&NodeMessage::Refused(receipt.clone())));
    outbox.close(Closing::broke(receipt));
}

struct Writer {
    sink: SplitSink<Socket, Message>,
    outbox: Arc<Outbox>,
}

impl Writer {
    /// Tells a member that does not read why it is cut off, if there is room for it in the kernel or it reads again at
    /// last. Says whether it could.
    async fn last_words(&mut self) -> bool {
        self.outbox.give_up(Closing::later("a write stood still for too long; reconnect and resync"));
        let limit = Duration::from_millis(CLOSE_MS);
        matches!(tokio::time::timeout(limit, self.run()).await, Ok(Ok(())))
    }

    /// Ends when the close frame is written, or with the error that ended the connection.
    async fn run(&mut self) -> Result<(), Error> {
        loop {
            let next = match self.outbox.try_next() {
                Some(next) => next,
                None => {
                    self.sink.flush().await?;
                    self.outbox.next().await
                }
            };
            match next {
                Next::Write(Frame::Binary(message)) => self.sink.feed(Message::Binary(message.into())).await?,
                Next::Write(Frame::Text(text)) => self.sink.feed(Message::Text(text.into())).await?,
                Next::Close(closing) => {
                    let frame = CloseFrame { code: CloseCode::from(closing.code), reason: cut(closing.reason).into() };
                    self.sink.send(Message::Close(Some(frame))).await?;
                    return Ok(());
                }
            }
        }
    }
}

fn cut(mut reason: String) -> String {
    let mut end = reason.len().min(REASON_BYTES_MAX);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason.truncate(end);
    reason
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_between_characters_at_what_a_close_frame_holds() {
        assert_eq!(cut("a".repeat(123)).len(), 123);
        assert_eq!(cut("a".repeat(124)).len(), 123);
        assert_eq!(cut("é".repeat(70)).len(), 122);
    }
}
