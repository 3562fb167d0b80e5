//! The bounded queue of messages to one member, between the room that fills it and the session that writes it out.
//!
//! A member who does not read costs the room nothing: filling never waits. When the queue is full the member is cut
//! off, and catches up from its own chain when it reconnects.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::Receipt;
use tokio::sync::Notify;

use crate::budget::{Budget, Holder};
use crate::limits::{QUEUED_BYTES_FREE, QUEUED_BYTES_MAX};

/// The budget of bytes that wait for members.
pub fn queued() -> Arc<Budget> {
    Budget::new(QUEUED_BYTES_FREE, QUEUED_BYTES_MAX)
}

/// The close code of who broke a rule, RFC 6455 section 7.4.1.
const BROKE: u16 = 1008;

/// Why a session is to be closed, as the member is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// The WebSocket close code.
    pub code: u16,
    /// The reason; at most 123 bytes of it are sent.
    pub reason: String,
}

impl Closing {
    /// The member broke a rule (1008).
    pub fn broke(receipt: &Receipt) -> Self {
        Self { code: BROKE, reason: receipt.to_string() }
    }

    /// The relay stops (1012): reconnect.
    pub fn stopping() -> Self {
        Self { code: 1012, reason: "the relay is stopping; reconnect".to_owned() }
    }

    /// Nothing can be done now (1013): reconnect later.
    pub fn later(reason: impl Into<String>) -> Self {
        Self { code: 1013, reason: reason.into() }
    }
}

/// What is written to a member: messages of the node in binary frames, requests and what else concerns HTTP in text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message of the node.
    Binary(Vec<u8>),
    /// JSON, as `shared::exchange` has it.
    Text(String),
}

impl Frame {
    /// How many bytes of payload it has.
    fn len(&self) -> usize {
        match self {
            Self::Binary(bytes) => bytes.len(),
            Self::Text(text) => text.len(),
        }
    }
}

/// What the session does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Write this frame.
    Write(Frame),
    /// Everything is written: close.
    Close(Closing),
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<Frame>,
    bytes: usize,
    closing: Option<Closing>,
}

/// The queue.
#[derive(Debug)]
pub struct Outbox {
    messages_max: usize,
    bytes_max: usize,
    // A std mutex: held for a few instructions, never across an await.
    queue: Mutex<Queue>,
    filled: Notify,
    drained: Notify,
    waiting: Holder,
}

impl Outbox {
    /// An empty queue, whose bytes are counted in with the rest.
    pub fn new(messages_max: usize, bytes_max: usize, waiting: Holder) -> Arc<Self> {
        Arc::new(Self {
            messages_max,
            bytes_max,
            queue: Mutex::default(),
            filled: Notify::new(),
            drained: Notify::new(),
            waiting,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a message. A queue that would overflow is thrown away and the member cut off. Nothing is queued for a
    /// member who is being closed.
    ///
    /// # Errors
    /// The limit, when this message made the queue overflow.
    pub fn push(&self, message: Vec<u8>) -> Result<(), Receipt> {
        let mut queue = self.lock();
        if queue.closing.is_some() {
            return Ok(());
        }
        let refusal = if queue.messages.len() >= self.messages_max {
            Some(Receipt::new(
                "queue per member",
                format!("at most {} messages waiting", self.messages_max),
                "one more",
            ))
        } else if queue.bytes + message.len() > self.bytes_max {
            let found = format!("{} bytes", queue.bytes + message.len());
            Some(Receipt::new("queue per member", format!("at most {} bytes waiting", self.bytes_max), found))
        } else if self.waiting.take(message.len()).is_err() {
            Some(too_much_waits())
        } else {
            None
        };
        let result = match refusal {
            None => {
                self.put(&mut queue, Frame::Binary(message));
                Ok(())
            }
            Some(receipt) => {
                self.discard(&mut queue);
                queue.closing = Some(Closing::later(format!("{receipt}; reconnect and resync")));
                Err(receipt)
            }
        };
        drop(queue);
        self.filled.notify_one();
        self.drained.notify_one();
        result
    }

    /// Queues a text frame where it leaves half of the queue free for the node's messages. Where it does not, it is
    /// refused, and the member stays: it did not ask for the frame.
    ///
    /// # Errors
    /// The limit; or that the session is being closed.
    pub fn offer(&self, text: String) -> Result<(), Receipt> {
        let mut queue = self.lock();
        if queue.closing.is_some() {
            return Err(Receipt::new("connection", "a member that stays", "one that is being closed"));
        }
        let bytes = queue.bytes + text.len();
        if queue.messages.len() >= self.messages_max / 2 || bytes > self.bytes_max / 2 {
            let found = format!("{} frames, {} bytes", queue.messages.len(), queue.bytes);
            return Err(Receipt::new("queue per member", "room for a request", found));
        }
        if self.waiting.take(text.len()).is_err() {
            return Err(too_much_waits());
        }
        self.put(&mut queue, Frame::Text(text));
        drop(queue);
        self.filled.notify_one();
        Ok(())
    }

    fn put(&self, queue: &mut Queue, frame: Frame) {
        queue.bytes += frame.len();
        queue.messages.push_back(frame);
    }

    /// Closes the session once what is queued is written. The first reason stands.
    pub fn close(&self, closing: Closing) {
        self.lock().closing.get_or_insert(closing);
        self.filled.notify_one();
        self.drained.notify_one();
    }

    /// Throws away what is queued and closes the session. The first reason stands.
    pub fn give_up(&self, closing: Closing) {
        let mut queue = self.lock();
        self.discard(&mut queue);
        queue.closing.get_or_insert(closing);
        drop(queue);
        self.filled.notify_one();
        self.drained.notify_one();
    }

    /// Waits until the member is to be cut off because most of what waits in all waits for it, and throws that away.
    pub async fn cut(&self) {
        self.waiting.cut().await;
        self.give_up(Closing::later(format!("{}; reconnect and resync", too_much_waits())));
    }

    /// Whether the member broke a rule.
    pub fn is_closed_for_a_fault(&self) -> bool {
        self.lock().closing.as_ref().is_some_and(|closing| closing.code == BROKE)
    }

    /// Whether the session is being closed.
    pub fn is_closing(&self) -> bool {
        self.lock().closing.is_some()
    }

    /// The next message without waiting for one.
    pub fn try_next(&self) -> Option<Next> {
        let mut queue = self.lock();
        if let Some(message) = queue.messages.pop_front() {
            queue.bytes -= message.len();
            self.waiting.give(message.len());
            let is_half_empty = queue.bytes <= self.bytes_max / 2;
            drop(queue);
            if is_half_empty {
                self.drained.notify_one();
            }
            return Some(Next::Write(message));
        }
        queue.closing.clone().map(Next::Close)
    }

    /// The next message.
    pub async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.filled.notified().await;
        }
    }

    /// Waits until at most half of the bytes allowed are queued, or the session is being closed. While a member's
    /// answers wait to be read by it, no more of its questions are.
    pub async fn half_empty(&self) {
        loop {
            {
                let queue = self.lock();
                if queue.closing.is_some() || queue.bytes <= self.bytes_max / 2 {
                    return;
                }
            }
            self.drained.notified().await;
        }
    }

    fn discard(&self, queue: &mut Queue) {
        self.waiting.give(queue.bytes);
        queue.messages.clear();
        queue.bytes = 0;
    }
}

fn too_much_waits() -> Receipt {
    Receipt::new("queues in all", format!("at most {QUEUED_BYTES_MAX} bytes waiting"), "more, and most of it here")
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn outbox(messages: usize, bytes: usize) -> Arc<Outbox> {
        Outbox::new(messages, bytes, queued().holder(HERE))
    }

    #[test]
    fn a_queue_takes_its_limits_and_overflows_one_past_them() {
        let by_messages = outbox(2, 100);
        by_messages.push(vec![0]).expect("one");
        by_messages.push(vec![0]).expect("two");
        assert_eq!(by_messages.push(vec![0]).expect_err("three").rule, "queue per member");
        let by_bytes = outbox(10, 100);
        by_bytes.push(vec![0; 100]).expect("exactly the limit");
        by_bytes.push(vec![0]).expect_err("one past it");
        assert!(matches!(by_bytes.try_next(), Some(Next::Close(Closing { code: 1013, .. }))));
    }

    #[test]
    fn a_request_leaves_half_of_the_queue_free_and_cuts_nobody_off() {
        let by_bytes = outbox(10, 100);
        by_bytes.offer("a".repeat(50)).expect("exactly half");
        by_bytes.offer("a".to_owned()).expect_err("one past it");
        by_bytes.push(vec![0; 50]).expect("the other half is the node's");
        assert_eq!(by_bytes.try_next(), Some(Next::Write(Frame::Text("a".repeat(50)))));
        let by_messages = outbox(4, 100);
        for text in ["a", "b"] {
            by_messages.offer(text.to_owned()).expect("half");
        }
        by_messages.offer("c".to_owned()).expect_err("a third");
        by_messages.close(Closing::stopping());
        assert_eq!(by_messages.offer("d".to_owned()).expect_err("closing").rule, "connection");
    }

    #[test]
    fn what_was_queued_before_the_close_is_written_before_it() {
        let outbox = outbox(10, 100);
        outbox.push(vec![1]).expect("room");
        outbox.close(Closing::stopping());
        outbox.push(vec![2]).expect("is dropped, not refused");
        assert_eq!(outbox.try_next(), Some(Next::Write(Frame::Binary(vec![1]))));
        assert_eq!(outbox.try_next(), Some(Next::Close(Closing::stopping())));
    }

    #[tokio::test]
    async fn the_member_for_whom_most_waits_is_cut_off_and_not_the_one_that_gets_little() {
        let all = Budget::new(10, 100);
        let (one, other) = ("10.0.0.1".parse().expect("an address"), "10.0.0.2".parse().expect("an address"));
        let hoarder = Outbox::new(10, 1_000, all.holder(one));
        let innocent = Outbox::new(10, 1_000, all.holder(other));
        hoarder.push(vec![0; 110]).expect("room");
        innocent.push(vec![0; 60]).expect("room is made");
        hoarder.cut().await;
        assert!(matches!(hoarder.try_next(), Some(Next::Close(Closing { code: 1013, .. }))));
        assert!(!innocent.is_closing());
        drop(hoarder);
        innocent.push(vec![0; 50]).expect("exactly the limit");
        innocent.push(vec![0]).expect_err("one past it, and nobody has more");
    }
}
