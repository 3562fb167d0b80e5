//! Questions to a room's node, and changes of it, from outside: a closure goes in, and what it returns comes out.
//!
//! The closure runs in a turn of the room, where the node is; its answer is handed out only when the turn's commit has
//! succeeded, so that nobody is told what a crash could take back. A closure that panics costs the room its node as a
//! node's own panic would, so closures hold to what they can know.

use shared::Timestamp;
use shared::protocol::Node;
use tokio::sync::oneshot;

/// Hands an answer out.
pub(super) type Handing = Box<dyn FnOnce() + Send>;

/// A closure that looks at the node.
pub(super) type Look = Box<dyn FnOnce(&Node) -> Handing + Send>;
/// A closure that changes the node.
pub(super) type Act = Box<dyn FnOnce(&mut Node, Timestamp) -> Handing + Send>;

/// What a closure does with the node.
pub(super) enum Visit {
    /// It only looks.
    Look(Look),
    /// It changes something.
    Act(Act),
}

impl Visit {
    /// A look, and where its answer comes.
    pub(super) fn look<T: Send + 'static>(
        closure: impl FnOnce(&Node) -> T + Send + 'static,
    ) -> (Self, oneshot::Receiver<T>) {
        let (sender, answer) = oneshot::channel();
        (Self::Look(Box::new(|node| handing(sender, closure(node)))), answer)
    }

    /// A change, and where its answer comes.
    pub(super) fn act<T: Send + 'static>(
        closure: impl FnOnce(&mut Node, Timestamp) -> T + Send + 'static,
    ) -> (Self, oneshot::Receiver<T>) {
        let (sender, answer) = oneshot::channel();
        (Self::Act(Box::new(|node, now| handing(sender, closure(node, now)))), answer)
    }
}

fn handing<T: Send + 'static>(sender: oneshot::Sender<T>, answer: T) -> Handing {
    Box::new(move || {
        // Whoever asked may have gone.
        let _ = sender.send(answer);
    })
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Look(_) => "Look",
            Self::Act(_) => "Act",
        })
    }
}
