//! What reaches the node worker, in two lanes.
//!
//! A long sync fills the network's lane faster than the node empties it. What a person asks, and what the miner finds,
//! is in a lane of its own that is always emptied first, so that "Stop mining" is prompt however much the network sends.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Poll, Waker};

use shared::Receipt;

use super::miner::FromMiner;
use super::wire::ToNode;
use web_sys::MessagePort;

/// Something that happened outside the node.
#[derive(Debug)]
pub enum Input {
    /// The page said something; a port may travel with it.
    Page(ToNode, Option<MessagePort>),
    /// The miner said something.
    Miner(FromMiner),
    /// The miner worker runs, or does not.
    MinerStarted(Result<MessagePort, Receipt>),
    /// Something about a link to a peer.
    Link(LinkInput),
}

/// Something about the link of the given number; links that were given up may still speak.
#[derive(Debug)]
pub struct LinkInput {
    /// Which link.
    pub link: u64,
    /// What.
    pub event: LinkEvent,
}

/// What a link tells.
#[derive(Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// It is open.
    Opened,
    /// A message.
    Frame(Vec<u8>),
    /// It is closed, or never opened.
    Closed,
}

/// The two lanes. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    inner: Rc<Lanes>,
}

#[derive(Debug, Default)]
struct Lanes {
    urgent: RefCell<VecDeque<Input>>,
    network: RefCell<VecDeque<Input>>,
    woken: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Inbox {
    /// Puts something into its lane.
    pub fn put(&self, input: Input) {
        let lane = match input {
            Input::Link(_) => &self.inner.network,
            Input::Page(..) | Input::Miner(_) | Input::MinerStarted(_) => &self.inner.urgent,
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

    /// The next input: urgent ones first, each lane in order of arrival.
    pub fn take(&self) -> Option<Input> {
        let urgent = self.inner.urgent.borrow_mut().pop_front();
        urgent.or_else(|| self.inner.network.borrow_mut().pop_front())
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.inner.urgent.borrow().is_empty() && self.inner.network.borrow().is_empty()
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
}
