//! `relay wallet`: the keys that `mine`, `bridge` and the relay's own node keep, and the coins that are theirs.
//!
//! Which key is meant is found by what a folder holds. Words and key never leave this process but on standard output when
//! they are asked for: a payment is signed here, and the relay only takes it. It is not a node: what a relay says of
//! balances is believed, as a person believes a page.

mod keys;
mod remote;

use std::io::{self, BufRead, IsTerminal, Read, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use shared::backup::{MAGIC, WORDS, WordsError, parse_words, unknown_words, words};
use shared::export::TransactionJson;
use shared::state::wallet::{Form, Funds, draft};
use shared::text::{TextError, read_text};
use shared::{
    Address, Amount, NodeId, NodeName, Params, Receipt, Refusal, RoomName, Rules, Seed, SignedPayment, Transaction,
};

use self::keys::{Keys, Restored};
use self::remote::Remote;
use crate::data_dir::DataDirError;
use crate::help::BALANCE_AFTER;
use crate::member::{IdentityError, RelayUrl, api};
use crate::number::number;
use crate::output;
use crate::store::StoreError;

pub use self::keys::KeyKind;

/// The most bytes that are read where 24 words are expected.
const WORDS_BYTES_MAX: u64 = 16 << 10;
/// The rule by which a fee is refused that is no amount.
const FEE: &str = "fee";
/// How often a payment is asked after, in milliseconds.
const LOOK_MS: u64 = 1_000;

/// What is wanted of a wallet.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Action {
    /// Show whose key it is: node id, name, address, and what keeps it
    Show(Folder),
    /// Write the 24 words of the key to standard output: whoever has them has the coins
    Words(Folder),
    /// Put the key of 24 words, read from standard input, into the folder
    Restore(Restore),
    /// Show what the key's address has, by what a relay says
    #[command(after_help = BALANCE_AFTER)]
    Balance(Balance),
    /// Sign a payment here, and hand it to a relay
    Send(Send),
}

/// Where the key is.
#[derive(Clone, Debug, clap::Args)]
pub struct Folder {
    /// Folder of the key: what --data-dir was for mine (tabcoin-miner), bridge (tabcoin-bridge) or serve (tabcoin-data)
    #[arg(long, value_name = "DIR", default_value = "tabcoin-miner")]
    pub data_dir: PathBuf,
    /// Which key is meant, where the folder holds both
    #[arg(long, value_enum, value_name = "KIND")]
    pub key: Option<KeyKind>,
}

/// Whom to ask.
#[derive(Clone, Debug, clap::Args)]
pub struct Asked {
    /// The relay to ask
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:5001")]
    pub relay: RelayUrl,
    /// The room
    #[arg(long, value_name = "ROOM", default_value = "main", value_parser = crate::config::room)]
    pub room: RoomName,
}

/// `relay wallet restore`.
#[derive(Clone, Debug, clap::Args)]
pub struct Restore {
    /// The folder.
    #[command(flatten)]
    pub folder: Folder,
    /// Put aside the key that the folder holds, as seed-ID, instead of refusing
    #[arg(long)]
    pub replace: bool,
}

/// `relay wallet balance`.
#[derive(Clone, Debug, clap::Args)]
pub struct Balance {
    /// The folder.
    #[command(flatten)]
    pub folder: Folder,
    /// The relay.
    #[command(flatten)]
    pub asked: Asked,
}

/// `relay wallet send`.
#[derive(Clone, Debug, clap::Args)]
pub struct Send {
    /// The address that is paid
    #[arg(value_name = "RECEIVER")]
    pub receiver: String,
    /// Coins for it, such as 1.5
    #[arg(value_name = "AMOUNT")]
    pub amount: String,
    /// Coins for the miner of its block
    #[arg(long, value_name = "COINS", default_value = "0")]
    pub fee: String,
    /// A few words that travel with it, at most 64 bytes; everybody can read them
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub memo: String,
    /// Wait until it is in a block, for 600 seconds at most, or for as many as stand behind =
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "600", value_parser = number::<u64>(1..=86_400))]
    pub wait: Option<u64>,
    /// The folder.
    #[command(flatten)]
    pub folder: Folder,
    /// The relay.
    #[command(flatten)]
    pub asked: Asked,
}

/// Why a wallet did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The folder holds no key.
    #[error(
        "expected a key in {}, found none: --data-dir names the folder of mine (tabcoin-miner), bridge (tabcoin-bridge) or serve (tabcoin-data)",
        .folder.display()
    )]
    NoKey {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds no key of the kind that was named.
    #[error("expected the key {named} in {}, found no such file; leave --key out to use the key that is there", .path.display())]
    NoSuchKey {
        /// Whose key, in words.
        named: &'static str,
        /// The file that keeps such a key.
        path: PathBuf,
    },
    /// The folder cannot be looked into.
    #[error("expected to look for a key at {}, found: {error}", .path.display())]
    Unseen {
        /// The file that was looked for.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The folder holds two keys.
    #[error("expected one key in {}, found a member's (seed) and a relay's (relay.redb): say which with --key", .folder.display())]
    TwoKeys {
        /// The folder.
        folder: PathBuf,
    },
    /// Another key is there already.
    #[error("expected no other key in {}, found that of node {id}: --replace puts it aside there, as seed-{id}", .folder.display())]
    OtherKey {
        /// The folder.
        folder: PathBuf,
        /// Its node.
        id: NodeId,
    },
    /// What was typed is not 24 words of a key.
    #[error("expected 24 words on standard input: {0}")]
    Words(#[from] WordsError),
    /// Words are not in the list.
    #[error("expected 24 words on standard input: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    UnknownWords(Vec<WordsError>),
    /// What came on standard input is the app's encrypted backup file.
    #[error(
        "expected 24 words on standard input, found an encrypted backup file: restore it in the app, whose Wallet page shows the 24 words of an identity"
    )]
    BackupFile,
    /// What came on standard input is no text.
    #[error("expected 24 words on standard input, found {0}")]
    Text(#[from] TextError),
    /// Standard input or output fails.
    #[error("expected to read standard input and write standard output, found: {0}")]
    Io(#[from] io::Error),
    /// The key's file cannot be read or written.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The folder is no node's.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The relay's store cannot be read or written.
    #[error("{}{}", .0, stop_first(.0))]
    Store(#[from] StoreError),
    /// The relay does not answer, or refuses.
    #[error("{}", api::in_words(.0))]
    Relay(Receipt),
    /// A room without sealed coins.
    #[error(
        "expected a room with a sealed chain, such as main, found {room}: in a classic room anybody spends for anybody, so there is nothing to keep"
    )]
    Classic {
        /// The room.
        room: RoomName,
    },
    /// A payment that cannot be made.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Payment(Vec<Receipt>),
    /// It is in no block yet.
    #[error(
        "expected payment {id} in a block within {seconds} s, and it still waits: relay wallet balance shows when it is"
    )]
    Waits {
        /// The payment.
        id: String,
        /// How long it was waited for.
        seconds: u64,
    },
}

fn stop_first(error: &StoreError) -> &'static str {
    match error {
        StoreError::Locked { .. } => " (the key of a relay's own node lies in its store: stop the relay first)",
        _ => "",
    }
}

impl WalletError {
    /// Whether another command line would help.
    pub fn is_usage(&self) -> bool {
        match self {
            // What there is to spend is no matter of how it was asked.
            Self::Payment(receipts) => receipts.iter().all(|receipt| receipt.rule != "balance"),
            Self::Relay(receipt) => receipt.rule == api::NO_ROOM,
            Self::DataDir(_)
            | Self::Classic { .. }
            | Self::TwoKeys { .. }
            | Self::Words(_)
            | Self::UnknownWords(_)
            | Self::BackupFile
            | Self::Text(_) => true,
            _ => false,
        }
    }
}

/// Does what is wanted. Blocks.
///
/// # Errors
/// When the key, the words, the relay or the payment is not what it should be.
pub fn run(action: &Action) -> Result<(), WalletError> {
    match action {
        Action::Show(folder) => show(&Keys::open(folder)?),
        Action::Words(folder) => write_words(&Keys::open(folder)?.seed),
        Action::Restore(options) => restore(options),
        Action::Balance(options) => block_on(balance(options)),
        Action::Send(options) => block_on(send(options)),
    }
}

fn block_on(asking: impl Future<Output = Result<(), WalletError>>) -> Result<(), WalletError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(asking)
}

fn id_of(seed: &Seed) -> NodeId {
    NodeId::of(&seed.node_key().public())
}

fn show(keys: &Keys) -> Result<(), WalletError> {
    let id = id_of(&keys.seed);
    let params = keys.params.clone().unwrap_or_else(Params::main);
    let address = keys.seed.wallet_key().public().address().encode(&params.address_prefix);
    let mut out = output::stdout();
    writeln!(out, "node     {id}")?;
    writeln!(out, "name     {}, unless it is given another", NodeName::from_id(&id))?;
    writeln!(out, "address  {address}")?;
    writeln!(out, "key      {}", keys.place)?;
    Ok(())
}

fn write_words(seed: &Seed) -> Result<(), WalletError> {
    output::remark(format_args!(
        "Whoever has these 24 words has the coins of node {}. Write them on paper, in this order.",
        id_of(seed)
    ));
    output::line(words(seed).join(" "))?;
    Ok(())
}

fn restore(options: &Restore) -> Result<(), WalletError> {
    let input = io::stdin().lock();
    let mut bytes = Vec::new();
    if input.is_terminal() {
        output::remark("Type or paste the 24 words, in as many lines as you like; an empty line ends them.");
        let mut input = input.take(WORDS_BYTES_MAX);
        loop {
            let before = bytes.len();
            input.read_until(b'\n', &mut bytes)?;
            if bytes[before..].trim_ascii().is_empty() {
                break;
            }
        }
    } else {
        input.take(WORDS_BYTES_MAX).read_to_end(&mut bytes)?;
    }
    if bytes.starts_with(&MAGIC) {
        return Err(WalletError::BackupFile);
    }
    let text = read_text(&bytes)?;
    let unknown: Vec<WordsError> = unknown_words(&text).take(WORDS).collect();
    if !unknown.is_empty() {
        return Err(WalletError::UnknownWords(unknown));
    }
    let seed = parse_words(&text)?;
    let Restored { place, params, next, aside } = keys::restore(&options.folder, &seed, options.replace)?;
    let mut out = output::stdout();
    if let Some(aside) = aside {
        writeln!(out, "put aside  the key that was there, in {}", aside.display())?;
    }
    let address = seed.wallet_key().public().address().encode(&params.unwrap_or_else(Params::main).address_prefix);
    writeln!(out, "restored   node {} in {place}", id_of(&seed))?;
    writeln!(out, "address    {address}")?;
    writeln!(out, "next       {next}")?;
    Ok(())
}

/// The relay, the room's parameters and the key.
async fn open(folder: &Folder, asked: &Asked) -> Result<(Remote, Params, Keys), WalletError> {
    if asked.room.rules() == Rules::Classic {
        return Err(WalletError::Classic { room: asked.room.clone() });
    }
    let keys = Keys::open(folder)?;
    let remote = Remote::new(asked.relay.clone(), asked.room.clone());
    let params = remote.params().await.map_err(WalletError::Relay)?;
    Ok((remote, params, keys))
}

async fn balance(options: &Balance) -> Result<(), WalletError> {
    let (remote, params, keys) = open(&options.folder, &options.asked).await?;
    let address = keys.seed.wallet_key().public().address().encode(&params.address_prefix);
    let account = remote.account(&address).await.map_err(WalletError::Relay)?;
    let mut out = output::stdout();
    writeln!(out, "address    {address}")?;
    writeln!(out, "room       {} at {}", options.asked.room, options.asked.relay.page())?;
    writeln!(out, "confirmed  {}", account.confirmed.with_unit())?;
    writeln!(out, "spendable  {}", account.spendable.with_unit())?;
    for (what, amount) in [("leaving  ", account.leaving), ("arriving ", account.arriving)] {
        if !amount.is_zero() {
            writeln!(out, "{what}  {}", amount.with_unit())?;
        }
    }
    Ok(())
}

async fn send(options: &Send) -> Result<(), WalletError> {
    let (remote, params, keys) = open(&options.folder, &options.asked).await?;
    let key = keys.seed.wallet_key();
    let address = key.public().address().encode(&params.address_prefix);
    let account = remote.account(&address).await.map_err(WalletError::Relay)?;
    let funds = Funds { spendable: account.spendable, next_sequence: account.next_sequence };
    let Send { receiver, amount, fee, memo, .. } = options;
    check_typed(options, &params)?;
    let signed = draft(&params, funds, &key, Form { receiver, amount, fee, memo })
        .map_err(|errors| WalletError::Payment(errors.into_iter().map(|error| error.receipt).collect()))?;
    let id = signed.id().to_string();
    let mut out = output::stdout();
    writeln!(out, "sending  {}", described(&signed, &params))?;
    let json = TransactionJson::new(&Transaction::Payment(signed), &params.address_prefix);
    remote.submit(&json).await.map_err(WalletError::Relay)?;
    writeln!(out, "payment  {id}")?;
    let Some(seconds) = options.wait else { return Ok(()) };
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(place) = remote.place(&id).await.map_err(WalletError::Relay)? {
            writeln!(out, "block    {} {}", place.height, place.hash)?;
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(WalletError::Waits { id, seconds });
        }
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
    }
}

/// A command is written by programs too, so amounts are read strictly here: `1,5` is refused, and told how to write it.
fn check_typed(options: &Send, params: &Params) -> Result<(), WalletError> {
    let amount = |text: &str| text.parse::<Amount>().err().map(|error| error.receipt());
    let fee = amount(&options.fee).map(|receipt| Receipt { rule: FEE.to_owned(), ..receipt });
    let receiver = Address::decode(&options.receiver, &params.address_prefix).err().map(|error| error.receipt());
    let refused: Vec<Receipt> = [receiver, amount(&options.amount), fee].into_iter().flatten().collect();
    if refused.is_empty() { Ok(()) } else { Err(WalletError::Payment(refused)) }
}

/// A payment in words.
fn described(signed: &SignedPayment, params: &Params) -> String {
    let payment = &signed.payment;
    let address = |address: Address| address.encode(&params.address_prefix);
    let memo = payment.memo.as_str();
    let memo = if memo.is_empty() { String::new() } else { format!(", memo {memo:?}") };
    format!(
        "{} from {} to {} in room {}, fee {}, sequence {}{memo}",
        payment.amount.with_unit(),
        address(payment.sender.address()),
        address(payment.receiver),
        params.room,
        payment.fee.with_unit(),
        payment.sequence,
    )
}
