//! What reaches the node worker, in three lanes.
//!
//! A long sync fills the network's lane faster than the node empties it. What a person asks, and what the miner finds,
//! is in a lane of its own that is always emptied first, so that "Stop mining" is prompt however much the network sends.
//! Requests over HTTP have the third: they and the network's messages take turns, so that neither keeps out the other.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Poll, Waker};

use shared::exchange::ToMember;
use shared::{Address, Receipt};

use super::miner::FromMiner;
use super::verifier::FromVerifier;
use super::wire::ToNode;
use web_sys::MessagePort;

/// Something that happened outside the node.
#[derive(Debug)]
pub enum Input {
    /// The page said something; a port may travel with it.
    Page(ToNode, Option<MessagePort>),
    /// A miner said something.
    Miner {
        /// Which.
        number: u32,
        /// What.
        report: FromMiner,
    },
    /// A miner worker runs, or does not.
    MinerStarted {
        /// Which.
        number: u32,
        /// The port that reaches it, or why there is none.
        outcome: Result<MessagePort, Receipt>,
    },
    /// A verifier, by its number, said something.
    Verifier(u64, FromVerifier),
    /// Contacts that a backup held.
    Contacts(Vec<(String, Address)>),
    /// Something about a link to a peer.
    Link(LinkInput),
}

impl Input {
    /// Whether it is a request over HTTP, or the end of one.
    pub fn is_request(&self) -> bool {
        matches!(self, Self::Link(input) if input.is_request())
    }
}

/// Something about the link of the given number; links that were given up may still speak.
#[derive(Debug)]
pub struct LinkInput {
    /// Which link.
    pub link: u64,
    /// What.
    pub event: LinkEvent,
}

impl LinkInput {
    /// Whether it may overtake the node's messages.
    pub fn is_request(&self) -> bool {
        self.event.is_request()
    }
}

/// What a link tells.
#[derive(Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// The relay answers again: the link can be opened.
    Answers,
    /// It is open.
    Opened,
    /// A message of the node's protocol.
    Frame(Vec<u8>),
    /// Something about HTTP.
    Exchange(ToMember),
    /// It is closed, or never opened.
    Closed,
    /// Why it was never opened.
    Unopened(Receipt),
}

impl LinkEvent {
    /// Whether it may overtake the node's messages. What came of a fetch may not: blocks that it brought to the relay are
    /// told of before it.
    fn is_request(&self) -> bool {
        matches!(self, Self::Exchange(ToMember::Request(_) | ToMember::Cancel { .. }))
    }
}

/// The three lanes. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    inner: Rc<Lanes>,
}

#[derive(Debug, Default)]
struct Lanes {
    urgent: RefCell<VecDeque<Input>>,
    network: RefCell<VecDeque<Input>>,
    requests: RefCell<VecDeque<Input>>,
    /// Whose turn it is of the latter two.
    request_next: Cell<bool>,
    woken: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Inbox {
    /// Puts something into its lane.
    pub fn put(&self, input: Input) {
        let lane = match &input {
            input if input.is_request() => &self.inner.requests,
            Input::Link(_) => &self.inner.network,
            Input::Page(..)
            | Input::Miner { .. }
            | Input::MinerStarted { .. }
            | Input::Verifier(..)
            | Input::Contacts(_) => &self.inner.urgent,
        };
        lane.borrow_mut().push_back(input);
        self.wake();
    }

    /// Has [`Inbox::wait`] return without an input.
    pub fn wake(&self) {
        self.inner.woken.set(true);
        if let Some(waker) = self.inner.waker.take() {
            waker.wake();
        }
    }

    /// The next input: urgent ones first, then requests and the network's in turn; each lane in order of arrival.
    pub fn take(&self) -> Option<Input> {
        let Lanes { urgent, network, requests, request_next, .. } = &*self.inner;
        if let Some(input) = urgent.borrow_mut().pop_front() {
            return Some(input);
        }
        let [first, second] = if request_next.get() { [requests, network] } else { [network, requests] };
        request_next.set(!request_next.get());
        let input = first.borrow_mut().pop_front();
        input.or_else(|| second.borrow_mut().pop_front())
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        let Lanes { urgent, network, requests, .. } = &*self.inner;
        [urgent, network, requests].iter().all(|lane| lane.borrow().is_empty())
    }

    /// Waits until there is an input or [`Inbox::wake`] was called.
    pub async fn wait(&self) {
        std::future::poll_fn(|context| {
            if self.inner.woken.replace(false) || !self.is_empty() {
                return Poll::Ready(());
            }
            *self.inner.waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(byte: u8) -> Input {
        Input::Link(LinkInput { link: 1, event: LinkEvent::Frame(vec![byte]) })
    }

    #[test]
    fn what_a_person_asks_overtakes_what_the_network_sends() {
        let inbox = Inbox::default();
        inbox.put(frame(1));
        inbox.put(frame(2));
        inbox.put(Input::Page(ToNode::Wake, None));
        assert!(matches!(inbox.take(), Some(Input::Page(ToNode::Wake, _))));
        for byte in [1, 2] {
            let Some(Input::Link(LinkInput { event, .. })) = inbox.take() else { panic!("a frame") };
            assert_eq!(event, LinkEvent::Frame(vec![byte]));
        }
        assert!(inbox.take().is_none() && inbox.is_empty());
    }

    #[test]
    fn requests_and_the_networks_messages_take_turns() {
        let inbox = Inbox::default();
        let exchange = |event| Input::Link(LinkInput { link: 1, event: LinkEvent::Exchange(event) });
        for byte in 1..=3 {
            inbox.put(frame(byte));
        }
        inbox.put(exchange(ToMember::Fetched { number: 1, result: Ok(String::new()) }));
        for number in 1..=2 {
            inbox.put(exchange(ToMember::Cancel { number }));
        }
        let mut taken = Vec::new();
        while let Some(Input::Link(LinkInput { event, .. })) = inbox.take() {
            taken.push(match event {
                LinkEvent::Frame(bytes) => format!("frame {}", bytes[0]),
                LinkEvent::Exchange(ToMember::Cancel { number }) => format!("request {number}"),
                LinkEvent::Exchange(ToMember::Fetched { .. }) => "fetched".to_owned(),
                other => panic!("{other:?}"),
            });
        }
        assert_eq!(taken, ["frame 1", "request 1", "frame 2", "request 2", "frame 3", "fetched"]);
        assert!(inbox.is_empty());
    }
}
