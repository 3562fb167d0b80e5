//! What a page may ask of its node: commands that change something, and queries that look something up.
//!
//! A [`NodeHandle`](super::client::NodeHandle) is cheap to clone. Each call crosses to the node worker as bytes and its answer comes back through
//! a future; nothing here blocks the page. Text from a form goes through as text: the node parses and checks it, and
//! answers with receipts by field.

use borsh::{BorshDeserialize, BorshSerialize};
use shared::{BlockHash, Receipt, TransactionId};

use super::view::{
    BlockRef, BlockSummary, HistoryEntry, IdentityRow, ImportedView, PaymentView, RestoredView, SealView,
};
use shared::Amount;

/// Something a page asks the node to do.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Command {
    /// Mine until stopped.
    StartMining,
    /// Stop at once.
    StopMining,
    /// Mine until one block is found.
    MineOne,
    /// Per cent of its core that each worker takes, 1 to 100.
    SetThrottle(u8),
    /// So many workers, 1 to the most there may be; `None` is as many as suit the machine.
    SetWorkers(Option<u32>),
    /// Mine on the graphics card too, or no longer.
    UseGraphics(bool),
    /// Pay; all four as typed.
    Send {
        /// bech32m.
        receiver: String,
        /// Coins.
        amount: String,
        /// Coins; empty means none.
        fee: String,
        /// At most 64 bytes.
        memo: String,
    },
    /// Ask every peer for its chain and adopt the best.
    ReplaceChain,
    /// Adopt others' blocks as they arrive, or not.
    SetAutoSync(bool),
    /// Connect to a node by id or URL, as typed.
    Connect(String),
    /// Rename this node, as typed.
    Rename(String),
    /// Forget what "What just happened" shows.
    ClearEvents,
    /// Let anybody change this tab over HTTP, or nobody without the token.
    SetOpen(bool),
    /// Make a new control token; the old one is worth nothing from then on.
    RenewToken,
    /// Give a name to an address; both as typed. A name that is taken gets the new address.
    AddContact {
        /// The name.
        name: String,
        /// bech32m.
        address: String,
    },
    /// Forget a contact, by name.
    RemoveContact(String),
    /// Do something with the classic chain; refused outside a classic room.
    Classic(ClassicCommand),
    /// Do something with the identities of this browser.
    Identity(IdentityCommand),
    /// Take a chain in from an exported file.
    Import {
        /// Its bytes.
        file: Vec<u8>,
    },
}

/// Something a page asks to be done with the identities of this browser. Each is named by its id.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum IdentityCommand {
    /// Make way for another in this tab: hold it, so that no other tab takes it before the page is loaded again.
    Become(String),
    /// Rename one that no tab holds.
    Rename {
        /// Which.
        id: String,
        /// As typed.
        name: String,
    },
    /// Forget one that no tab holds, with all that is kept for it.
    Forget(String),
    /// Compare words that the owner wrote down with this tab's: their places, from 1, and what was typed. Where all are
    /// right, this tab's identity counts as backed up.
    CheckWords(Vec<(u8, Secret)>),
    /// Write an encrypted file of everything that this browser keeps for its owner.
    WriteBackup {
        /// As typed.
        password: Secret,
    },
    /// The browser took the file: these are backed up.
    BackupSaved(Vec<String>),
    /// Put back the identity of 24 words, as typed.
    RestoreWords(Secret),
    /// Put back what an encrypted file holds.
    RestoreFile {
        /// Its bytes.
        file: Vec<u8>,
        /// As typed.
        password: Secret,
    },
}

/// A text that nobody but the owner may see: it is in no log, whoever writes one.
#[derive(Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Something a page asks the tab's classic node to do.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum ClassicCommand {
    /// Mine a block.
    Mine,
    /// Add a transaction to the next block; all three as typed. What reads as a JSON number is a number in the block.
    Add {
        /// Any text.
        sender: String,
        /// Any text.
        receiver: String,
        /// A number, or any text: nothing checks it, as in the tutorial.
        amount: String,
    },
    /// Connect to a node by id, name or URL, as typed.
    Connect(String),
    /// Ask every connected node for its chain and adopt the longest valid one.
    Replace,
    /// Make this chain, the JSON array of its blocks, this node's own, without asking whether it is valid: what somebody
    /// does who rewrites the file on his own disk.
    Adopt(String),
    /// Begin a new chain.
    StartOver,
    /// Give up what waits for a block.
    DropTransactions,
}

/// The answer to a [`Command`].
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Answer {
    /// Done.
    Done,
    /// The payment was taken and is on its way.
    Sent(TransactionId),
    /// A node was connected; the text is its name.
    Connected(String),
    /// An encrypted backup, to be saved.
    BackupFile {
        /// A name to save it under.
        name: String,
        /// Its contents.
        bytes: Vec<u8>,
        /// Whom it holds.
        ids: Vec<String>,
    },
    /// What came of a chain that was taken in.
    Imported(ImportedView),
    /// What a backup held, and where each of them stands now.
    Restored(Vec<RestoredView>),
    /// The classic node did it; the text is the tutorial's message.
    ClassicDone(String),
    /// Refused, with a receipt for each field at fault.
    Refused(Vec<FieldRefusal>),
}

/// A receipt and the field it belongs to.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct FieldRefusal {
    /// The field, or `Form` where no single field is at fault.
    pub field: Field,
    /// Why.
    pub receipt: Receipt,
}

/// The fields of the forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Field {
    /// No single field.
    Form,
    /// Receiver of a payment.
    Receiver,
    /// Amount of a payment.
    Amount,
    /// Fee of a payment.
    Fee,
    /// Memo of a payment.
    Memo,
    /// The node to connect to.
    Node,
    /// A node's name.
    Name,
    /// A contact's name.
    Contact,
    /// A contact's address.
    Address,
    /// Sender of a classic transaction.
    Sender,
    /// The words of a backup.
    Words,
    /// One of them, by its place from 1.
    Word(u8),
    /// A password.
    Password,
    /// A file.
    File,
}

/// Something a page asks the node to look up.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Query {
    /// A page of the active chain, newest first, from this height down; `None` starts at the tip.
    Blocks {
        /// The highest block wanted.
        from: Option<u64>,
        /// At most 100.
        count: u32,
    },
    /// One block of any branch.
    Block(BlockHash),
    /// One transaction, waiting or confirmed.
    Transaction(TransactionId),
    /// An address (bech32m): balance and a page of its history.
    Address {
        /// bech32m.
        address: String,
        /// Entries to skip.
        skip: u32,
        /// At most 100.
        count: u32,
    },
    /// A height, block hash, transaction id, or address, as typed.
    Search(String),
    /// The whole active chain as a file.
    Export(ExportFormat),
    /// The whole classic chain, as the JSON array of its blocks.
    ClassicChain,
    /// The 24 words of this tab's identity.
    Words,
    /// The identities of this browser, this tab's first and then most recently used first.
    Identities {
        /// At most so many.
        count: u32,
    },
}

/// How a chain is written to a file.
pub use shared::export::Format as ExportFormat;

/// The answer to a [`Query`].
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Found {
    /// A page of blocks, newest first.
    Blocks(Vec<BlockSummary>),
    /// A block.
    Block(Box<BlockPage>),
    /// A transaction.
    Transaction(Box<TransactionPage>),
    /// An address.
    Address(Box<AddressPage>),
    /// Where a search leads.
    Place(Place),
    /// A file's bytes.
    File {
        /// A name to save it under.
        name: String,
        /// Its contents.
        bytes: Vec<u8>,
    },
    /// A text.
    Text(String),
    /// The words, in their order.
    Words(Vec<Secret>),
    /// The identities of this browser.
    Identities {
        /// As many as were asked for.
        rows: Vec<IdentityRow>,
        /// How many there are.
        total: u32,
    },
    /// Nothing: what was looked for, what was found instead.
    Nothing(Receipt),
}

/// Where a search leads.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Place {
    /// A block.
    Block(BlockHash),
    /// A transaction.
    Transaction(TransactionId),
    /// An address.
    Address(String),
}

/// Everything about one block.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct BlockPage {
    /// The card.
    pub summary: BlockSummary,
    /// Whether it is in the active chain.
    pub active: bool,
    /// 1 for the tip; 0 off the active chain.
    pub confirmations: u64,
    /// The next block of the active chain.
    pub next: Option<BlockHash>,
    /// Header version.
    pub version: u32,
    /// 24 hex digits.
    pub extra_nonce: String,
    /// 64 hex digits.
    pub root: String,
    /// The target as 64 hex digits, most significant first.
    pub target: String,
    /// The proof, decimal.
    pub proof: String,
    /// Work of this block, decimal.
    pub work: String,
    /// The 116 bytes of the header, hex.
    pub header_hex: String,
    /// Fees collected.
    pub fees: Amount,
    /// The id of the reward.
    pub reward_id: Option<TransactionId>,
    /// The payments in order.
    pub payments: Vec<PaymentView>,
}

/// Everything about one transaction.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct TransactionPage {
    /// Its id.
    pub id: TransactionId,
    /// A reward or a payment.
    pub kind: TransactionKind,
    /// Its block; `None` while it waits.
    pub block: Option<BlockRef>,
    /// The block's seal.
    pub seal: Option<SealView>,
    /// 0 while it waits.
    pub confirmations: u64,
}

/// A reward or a payment.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum TransactionKind {
    /// A block's reward.
    Reward {
        /// bech32m.
        receiver: String,
        /// Reward and fees.
        amount: Amount,
    },
    /// A payment.
    Payment {
        /// What it says.
        payment: PaymentView,
        /// The sender's public key, hex.
        key: String,
        /// The signature, hex.
        signature: String,
    },
}

/// Everything about one address.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct AddressPage {
    /// bech32m.
    pub address: String,
    /// Whether it is this tab's own.
    pub own: bool,
    /// The name of the node it belongs to, where known.
    pub name: Option<String>,
    /// Confirmed.
    pub balance: Amount,
    /// Payments it has made.
    pub next_sequence: u64,
    /// Newest first.
    pub history: Vec<HistoryEntry>,
    /// How many entries there are in all.
    pub history_total: u64,
}
