//! The messages. One message is one frame: the encoding of [`Message`], at most
//! [`MESSAGE_BYTES_MAX`](super::MESSAGE_BYTES_MAX) bytes.

use borsh::{BorshDeserialize, BorshSerialize};

use super::members::Member;
use crate::encoding::invalid_data;
use crate::rules::receipt::Receipt;
use crate::state::Tip;
use crate::values::{
    Address, Block, BlockHash, Header, NetworkId, NodeId, NodeName, PublicKey, Signature, SignedPayment,
};

/// The longest name of a program, in bytes.
const AGENT_BYTES_MAX: usize = 64;

/// What a node is in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Role {
    /// A member: one tab, one miner.
    Tab,
    /// The one that keeps every branch and tells members of each other.
    Relay,
    /// A member that stands for a program beside it, which speaks HTTP and not this protocol.
    Bridge,
}

/// The name and version of a node's program: at most 64 bytes of printable ASCII.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct Agent(String);

impl Agent {
    /// Takes a text; what cannot be written is left out, what is too long cut off.
    pub fn new(text: &str) -> Self {
        let is_printable = |character: &char| matches!(character, ' '..='~');
        Self(text.chars().filter(is_printable).take(AGENT_BYTES_MAX).collect())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BorshDeserialize for Agent {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let len = u32::deserialize_reader(reader)? as usize;
        if len > AGENT_BYTES_MAX {
            return Err(invalid_data("a program's name longer than 64 bytes"));
        }
        let mut bytes = vec![0; len];
        reader.read_exact(&mut bytes)?;
        match String::from_utf8(bytes) {
            Ok(text) if Self::new(&text).0 == text => Ok(Self(text)),
            _ => Err(invalid_data("a program's name that is not printable ASCII")),
        }
    }
}

/// What a node says of itself, when it comes and whenever it changes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Status {
    /// Its name.
    pub name: NodeName,
    /// Where it would be paid.
    pub address: Address,
    /// The end of its chain.
    pub tip: Tip,
    /// Whether it adopts others' blocks as they arrive.
    pub auto_sync: bool,
}

/// The first message of either side.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Hello {
    /// [`PROTOCOL_VERSION`](super::PROTOCOL_VERSION). It comes first, so that every version can read it.
    pub version: u16,
    /// The network.
    pub network: NetworkId,
    /// The key that the node's id follows from.
    pub key: PublicKey,
    /// What it is.
    pub role: Role,
    /// Its program.
    pub agent: Agent,
    /// 32 bytes that it has not used before; the other side's proof covers them.
    pub nonce: [u8; 32],
    /// Where it stands.
    pub status: Status,
}

/// What nodes say. The encoding begins with one byte, the variant's number from 0.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Message {
    /// 0: who I am. First, from either side.
    Hello(Hello),
    /// 1: the signature over [`proof_bytes`](super::proof_bytes) by the key of my Hello. Second, from either side.
    Proof(Signature),
    /// 2: are you there?
    Ping(u64),
    /// 3: yes; the number is the ping's.
    Pong(u64),
    /// 4: what follows the first of these hashes that you know, up to `stop` or, without it, up to your tip?
    GetHeaders {
        /// Hashes of one branch, newest first, ever sparser.
        locator: Vec<BlockHash>,
        /// Where to stop.
        stop: Option<BlockHash>,
    },
    /// 5: the answer to GetHeaders, lowest first; `more` when there are more than fit.
    Headers {
        /// The headers.
        headers: Vec<Header>,
        /// Whether the next request would get more.
        more: bool,
    },
    /// 6: my new tip.
    Announce(Header),
    /// 7: send me these blocks.
    GetBlocks(Vec<BlockHash>),
    /// 8: blocks that were asked for.
    Blocks(Vec<Block>),
    /// 9: blocks that were asked for and that I do not have.
    NotFound(Vec<BlockHash>),
    /// 10: send me the payments that wait.
    GetMempool,
    /// 11: payments that wait.
    Payments(Vec<SignedPayment>),
    /// 12: where I stand now.
    Status(Status),
    /// 13: members of the room who are new or have changed, and those who are gone from the relay's memory. From the
    /// relay.
    Members {
        /// New or changed.
        changed: Vec<Member>,
        /// Gone.
        left: Vec<NodeId>,
    },
    /// 14: why you are cut off.
    Refused(Receipt),
}

impl Message {
    /// The message's name, for receipts and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "Hello",
            Self::Proof(_) => "Proof",
            Self::Ping(_) => "Ping",
            Self::Pong(_) => "Pong",
            Self::GetHeaders { .. } => "GetHeaders",
            Self::Headers { .. } => "Headers",
            Self::Announce(_) => "Announce",
            Self::GetBlocks(_) => "GetBlocks",
            Self::Blocks(_) => "Blocks",
            Self::NotFound(_) => "NotFound",
            Self::GetMempool => "GetMempool",
            Self::Payments(_) => "Payments",
            Self::Status(_) => "Status",
            Self::Members { .. } => "Members",
            Self::Refused(_) => "Refused",
        }
    }
}
