//! What a node asks its shell to do, and what it has to tell.

use super::members::Member;
use super::message::Role;
use super::peer::PeerId;
use super::replace::ReplaceReport;
use crate::rules::receipt::Receipt;
use crate::state::{Job, Tip};
use crate::values::{Amount, BlockHash, Height, NodeId, NodeName, SignedPayment, TransactionId};

/// Something for the shell to do. Outputs are performed in the order they come.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send these bytes, one message, to that peer.
    Send {
        /// To whom.
        peer: PeerId,
        /// One frame.
        bytes: Vec<u8>,
    },
    /// Close the link to that peer, after what was sent before.
    CutOff {
        /// Whom.
        peer: PeerId,
        /// Why.
        receipt: Receipt,
    },
    /// Keep this. It must be durable before any later output is performed.
    Store(StoreOp),
    /// Mine this instead of whatever was mined; nothing when `None`.
    Mine(Option<Job>),
    /// Tell whom it may concern.
    Event(Event),
}

/// Something to keep over a restart.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreOp {
    /// A block; its parent was stored before.
    Block {
        /// Its hash.
        hash: BlockHash,
        /// Its height.
        height: Height,
        /// Its encoding.
        bytes: Vec<u8>,
    },
    /// A payment that waits.
    Payment {
        /// Its id.
        id: TransactionId,
        /// Its encoding.
        bytes: Vec<u8>,
    },
    /// A payment that waits no longer.
    PaymentGone {
        /// Its id.
        id: TransactionId,
    },
    /// A member of the room, new or changed. From a relay's node.
    Member(Member),
    /// A member that a relay's node remembers no longer.
    MemberGone {
        /// Its id.
        id: NodeId,
    },
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// This node mined a block.
    BlockMined {
        /// Its hash.
        hash: BlockHash,
        /// Its height.
        height: Height,
        /// What it brought: the network's reward.
        reward: Amount,
        /// And the fees.
        fees: Amount,
    },
    /// The active chain changed, this node's own blocks included.
    TipChanged {
        /// The end before.
        old: Tip,
        /// The end now.
        new: Tip,
        /// How many blocks were left behind.
        left: u64,
        /// How many were adopted.
        adopted: u64,
        /// How many payments went back to wait.
        returned: u64,
        /// Who sent the last of the blocks; `None` where this node mined it.
        from: Option<NodeId>,
    },
    /// A payment was taken into the mempool.
    PaymentTaken {
        /// It.
        payment: Box<SignedPayment>,
        /// Who passed it on; `None` where it is this node's own.
        from: Option<NodeId>,
    },
    /// A payment of an abandoned block waits again.
    PaymentReturned {
        /// It.
        payment: Box<SignedPayment>,
    },
    /// A payment that waited, or was on an abandoned block, can wait no longer.
    PaymentDropped {
        /// It.
        payment: Box<SignedPayment>,
        /// Why.
        receipt: Receipt,
    },
    /// A peer's payment broke a rule.
    PaymentRefused {
        /// Its id.
        id: TransactionId,
        /// Who passed it on.
        from: Option<NodeId>,
        /// Why.
        receipt: Receipt,
    },
    /// A peer's block broke a rule.
    BlockRefused {
        /// Its hash.
        hash: BlockHash,
        /// Who sent it.
        from: Option<NodeId>,
        /// Why.
        receipt: Receipt,
    },
    /// A peer's block is dated too far ahead of this node's clock. It is tried again when its time has come; until the
    /// peer's chain is taken, this is told once.
    BlockEarly {
        /// Its hash.
        hash: BlockHash,
        /// Who sent it.
        from: Option<NodeId>,
        /// Why it waits.
        receipt: Receipt,
    },
    /// Another node has a block that this node mined, so that it is more than this node's word.
    BlockTaken {
        /// Its hash.
        hash: BlockHash,
        /// Its height.
        height: Height,
        /// What it brought: the network's reward.
        reward: Amount,
        /// And the fees.
        fees: Amount,
    },
    /// A peer has proved who it is.
    PeerReady {
        /// Which link.
        peer: PeerId,
        /// Who.
        id: NodeId,
        /// Its name.
        name: NodeName,
        /// What it is.
        role: Role,
    },
    /// A peer that had proved who it is has gone.
    PeerGone {
        /// Who.
        id: NodeId,
        /// Its name.
        name: NodeName,
        /// What it is.
        role: Role,
    },
    /// This node cut a peer off.
    PeerCutOff {
        /// Which link.
        peer: PeerId,
        /// Who, where that was known.
        id: Option<NodeId>,
        /// Why.
        receipt: Receipt,
    },
    /// A peer refused this node and will cut it off.
    RefusedBy {
        /// Which link.
        peer: PeerId,
        /// Who, where that was known.
        id: Option<NodeId>,
        /// Why.
        receipt: Receipt,
    },
    /// A member came into the room.
    MemberJoined(Box<Member>),
    /// A member went.
    MemberLeft(Box<Member>),
    /// Nothing with more work is known any more.
    Synced {
        /// The end of the chain.
        tip: Tip,
    },
    /// Replace chain is done.
    ReplaceFinished(ReplaceReport),
}
