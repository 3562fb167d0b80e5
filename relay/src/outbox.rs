//! The bounded queue of messages to one member, between the room that fills it and the session that writes it out.
//!
//! A member who does not read costs the room nothing: filling never waits. When the queue is full the member is cut
//! off, and catches up from its own chain when it reconnects.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::Receipt;
use tokio::sync::Notify;

use crate::limits::{QUEUED_BYTES_FREE, QUEUED_BYTES_MAX};

/// Bytes queued for all members together.
#[derive(Debug, Default)]
pub struct Queued(AtomicUsize);

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
    all: Arc<Queued>,
}

impl Outbox {
    /// An empty queue, counted in with the rest.
    pub fn new(messages_max: usize, bytes_max: usize, all: Arc<Queued>) -> Arc<Self> {
        Arc::new(Self {
            messages_max,
            bytes_max,
            queue: Mutex::default(),
            filled: Notify::new(),
            drained: Notify::new(),
            all,
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
        } else if queue.bytes + message.len() > QUEUED_BYTES_FREE
            && self.all.0.load(Ordering::Relaxed) + message.len() > QUEUED_BYTES_MAX
        {
            Some(Receipt::new("queues in all", format!("at most {QUEUED_BYTES_MAX} bytes waiting"), "more"))
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
        let is_full_in_all =
            bytes > QUEUED_BYTES_FREE && self.all.0.load(Ordering::Relaxed) + text.len() > QUEUED_BYTES_MAX;
        if queue.messages.len() >= self.messages_max / 2 || bytes > self.bytes_max / 2 || is_full_in_all {
            let found = format!("{} frames, {} bytes", queue.messages.len(), queue.bytes);
            return Err(Receipt::new("queue per member", "room for a request", found));
        }
        self.put(&mut queue, Frame::Text(text));
        drop(queue);
        self.filled.notify_one();
        Ok(())
    }

    fn put(&self, queue: &mut Queue, frame: Frame) {
        queue.bytes += frame.len();
        self.all.0.fetch_add(frame.len(), Ordering::Relaxed);
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
            self.all.0.fetch_sub(message.len(), Ordering::Relaxed);
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
        self.all.0.fetch_sub(queue.bytes, Ordering::Relaxed);
        queue.messages.clear();
        queue.bytes = 0;
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let bytes = self.lock().bytes;
        self.all.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(messages: usize, bytes: usize) -> Arc<Outbox> {
        Outbox::new(messages, bytes, Arc::default())
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

    #[test]
    fn bytes_queued_in_all_are_given_back() {
        let all = Arc::new(Queued::default());
        let outbox = Outbox::new(10, 100, Arc::clone(&all));
        outbox.push(vec![0; 60]).expect("room");
        assert_eq!(all.0.load(Ordering::Relaxed), 60);
        outbox.push(vec![0; 60]).expect_err("overflow");
        assert_eq!(all.0.load(Ordering::Relaxed), 0);
        let other = Outbox::new(10, 100, Arc::clone(&all));
        other.push(vec![0; 60]).expect("room");
        drop(other);
        assert_eq!(all.0.load(Ordering::Relaxed), 0);
    }
}
