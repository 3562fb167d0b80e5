//! The command line.

#![allow(rustdoc::bare_urls, reason = "clap prints these comments as they stand")]

use std::net::IpAddr;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use shared::export::Format;
use shared::text::{TextError, read_utf8};
use shared::{JSON_INTEGER_MAX, NodeName, Params, Refusal, RoomName};

use crate::base_path::BasePath;
use crate::bridge::NodeUrl;
use crate::fetch::policy::FetchPolicy;
use crate::help::{BRIDGE_AFTER, EXAMPLES, EXPORT_AFTER, IMPORT_AFTER, MINE_AFTER, SERVE_AFTER, WALLET_AFTER};
use crate::limits::Limits;
use crate::member::RelayUrl;
use crate::number::number;
use crate::origin::{Origin, OriginError};
use crate::own::OwnNode;
use crate::relay::Settings;
use crate::search::{Threads, Throttle};
use crate::wallet::Action;

/// The most characters of a text that a refusal quotes.
const FOUND_CHARS_MAX: usize = 80;

/// Serves Tabcoin to browsers: the app, and the relay that joins their tabs into one network.
#[derive(Debug, Parser)]
#[command(name = "relay", version, about, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the relay can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the app and the relay until told to stop
    #[command(after_help = SERVE_AFTER)]
    Serve(Box<Serve>),
    /// Write the chain of a room to a file, from the store of a relay that is stopped
    #[command(after_help = EXPORT_AFTER)]
    Export(Export),
    /// Take an exported chain into the store of a relay that is stopped, verified block by block
    #[command(after_help = IMPORT_AFTER)]
    Import(Import),
    /// Join your own Python node of the tutorial to the classic room of a relay that is hosted elsewhere
    #[command(after_help = BRIDGE_AFTER)]
    Bridge(Bridge),
    /// Mine in a room of a relay, without a browser
    #[command(after_help = MINE_AFTER)]
    Mine(Mine),
    /// Back up the key of mine, bridge or the relay's own node, and spend its coins
    #[command(after_help = WALLET_AFTER)]
    Wallet(Wallet),
}

/// `relay serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen. Port 0 takes a free port; 0.0.0.0 lets other machines in
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:5001")]
    pub listen: String,
    /// Folder of the store and of the relay's key; made if it is missing
    #[arg(long, value_name = "DIR", default_value = "tabcoin-data")]
    pub data_dir: PathBuf,
    /// Folder of the built app
    #[arg(long, value_name = "DIR", default_value = "dist")]
    pub app: PathBuf,
    /// Parameters of room main as JSON, for a new store: another pace, reward or difficulty, for tests and lessons
    #[arg(long, value_name = "FILE")]
    pub params: Option<PathBuf>,
    /// The room whose node answers the tutorial's requests at the relay's own address: main or classic
    #[arg(long, value_name = "ROOM", default_value = "main", value_parser = room)]
    pub root_room: RoomName,
    /// Nodes elsewhere that tabs may have the relay ask for their chains: none, loopback, lan, or a list of hosts,
    /// addresses and blocks such as 192.168.1.0/24 [default: loopback where only this machine reaches the relay, else
    /// none]
    #[arg(long, value_name = "WHO")]
    pub fetch: Option<FetchPolicy>,
    /// Whether the relay's own node mines and pays when it is asked to over HTTP: auto is on where only this machine
    /// reaches the relay, so never behind a proxy
    #[arg(long, value_enum, default_value_t = OwnNode::Auto)]
    pub own_node: OwnNode,
    /// Threads that the relay's own node mines with, while somebody waits for its block [default: half of this machine's
    /// cores, and at least 1, so that the relay goes on answering]
    #[arg(long, value_name = "N")]
    pub mining_threads: Option<Threads>,
    /// How logs are written
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log: LogFormat,
    /// What is logged: error, warn, info, debug or trace, or by module as in "info,relay::session=debug"
    #[arg(long, value_name = "LEVELS", env = "RUST_LOG", default_value = "info")]
    pub log_level: String,
    /// Where people open the relay, such as https://coin.example: pages of that origin are its own, and that name is
    /// taken beside those of this machine or the local network
    #[arg(long, value_name = "URL", value_parser = origin)]
    pub public_url: Option<String>,
    /// Another origin whose pages may connect and change nodes, such as http://localhost:8080. May be given several
    /// times
    #[arg(long, value_name = "URL", value_parser = origin)]
    pub allow_origin: Vec<String>,
    /// A proxy that stands before the relay: its X-Forwarded-For is believed, and the relay is taken for public. May be
    /// given several times
    #[arg(long, value_name = "ADDRESS", value_parser = proxy)]
    pub trust_proxy: Vec<IpAddr>,
    /// The path under which a proxy serves the relay, such as /coin for https://example.org/coin/. Whether the proxy hands
    /// the path on or takes it off makes no difference
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub base_path: BasePath,
    /// Bounds of connections, members, queues and paces, each with its own default.
    #[command(flatten)]
    pub limits: Limits,
}

/// `relay export`.
#[derive(Debug, Args)]
pub struct Export {
    /// Folder of the store
    #[arg(long, value_name = "DIR", default_value = "tabcoin-data")]
    pub data_dir: PathBuf,
    /// The room whose chain is written; a sealed one, such as main
    #[arg(long, default_value = "main", value_parser = room)]
    pub room: RoomName,
    /// json, for people and scripts, or bytes, as they are hashed and sent
    #[arg(long, default_value = "json", value_parser = format)]
    pub format: Format,
    /// The file to write; standard output if it is left out
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `relay import`.
#[derive(Debug, Args)]
pub struct Import {
    /// The file: JSON or bytes, as relay export, the page or REST writes them
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Folder of the store; made if it is missing
    #[arg(long, value_name = "DIR", default_value = "tabcoin-data")]
    pub data_dir: PathBuf,
    /// The room whose chain it must be [default: whichever it is]
    #[arg(long, value_name = "ROOM", value_parser = room)]
    pub room: Option<RoomName>,
}

/// `relay wallet`.
#[derive(Debug, Args)]
pub struct Wallet {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// `relay bridge`.
#[derive(Debug, Args)]
pub struct Bridge {
    /// The relay to join
    #[arg(long, value_name = "URL")]
    pub relay: RelayUrl,
    /// Your Python node, such as http://127.0.0.1:5002. It has no default: the tutorial's first port, 5001, is also a
    /// relay's
    #[arg(long, value_name = "URL")]
    pub node: NodeUrl,
    /// What others see the node called; a name made from its id if it is left out
    #[arg(long, value_name = "NAME", value_parser = node_name)]
    pub name: Option<NodeName>,
    /// Let everyone have the node mine, pay and connect; otherwise that needs the token that is printed
    #[arg(long)]
    pub open: bool,
    /// Folder of the node's key, so that it is the same node next time; made if it is missing
    #[arg(long, value_name = "DIR", default_value = "tabcoin-bridge")]
    pub data_dir: PathBuf,
    /// How logs are written
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log: LogFormat,
    /// What is logged: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVELS", env = "RUST_LOG", default_value = "info")]
    pub log_level: String,
}

/// `relay mine`.
#[derive(Debug, Args)]
pub struct Mine {
    /// The relay to join
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:5001")]
    pub relay: RelayUrl,
    /// The room to mine in; a classic room has nothing to mine here
    #[arg(long, value_name = "ROOM", default_value = "main", value_parser = room)]
    pub room: RoomName,
    /// Threads that search, 1 to 256 [default: one for each core]
    #[arg(long, value_name = "N")]
    pub threads: Option<Threads>,
    /// How much of a core each thread may use, 1 to 100
    #[arg(long, value_name = "PERCENT", default_value = "100")]
    pub throttle: Throttle,
    /// The address that is paid; the miner's own if it is left out
    #[arg(long, value_name = "ADDRESS")]
    pub payout: Option<String>,
    /// What others see the miner called; a name made from its id if it is left out
    #[arg(long, value_name = "NAME", value_parser = node_name)]
    pub name: Option<NodeName>,
    /// End when so many blocks are found, and the relay has them
    #[arg(long, value_name = "N", value_parser = number::<NonZeroU64>(1..=u64::MAX))]
    pub blocks: Option<NonZeroU64>,
    /// Folder of the miner's key, so that it is the same node next time; made if it is missing
    #[arg(long, value_name = "DIR", default_value = "tabcoin-miner")]
    pub data_dir: PathBuf,
    /// How logs are written
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log: LogFormat,
    /// What is logged: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVELS", env = "RUST_LOG", default_value = "warn")]
    pub log_level: String,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

/// Options that contradict what they refer to.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// The parameters' file cannot be read.
    #[error("expected --params to name a readable file, found {}: {error}", .path.display())]
    Unreadable {
        /// The file that `--params` names.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The parameters' file holds no text.
    #[error("expected {} to hold a network's parameters as JSON in UTF-8, found {error}", .path.display())]
    NotText {
        /// The file that `--params` names.
        path: PathBuf,
        /// Why its bytes are no text in UTF-8.
        error: TextError,
    },
    /// The parameters' file holds something else.
    #[error("expected {} to hold a network's parameters as JSON, found: {error}", .path.display())]
    NotParams {
        /// The file that `--params` names.
        path: PathBuf,
        /// Where and why it is no such JSON.
        error: serde_json::Error,
    },
    /// The parameters make no network.
    #[error("{}: {error}", .path.display())]
    BadParams {
        /// The file that `--params` names.
        path: PathBuf,
        /// The rule that they break.
        error: shared::ParamsError,
    },
    /// The time of the genesis is one that browsers round.
    #[error(
        "{}: expected a genesis_time of at most {JSON_INTEGER_MAX} ms since 1970, which browsers hold exactly, found {found}",
        .path.display()
    )]
    GenesisTime {
        /// The file that `--params` names.
        path: PathBuf,
        /// Milliseconds since 1970.
        found: u64,
    },
    /// The parameters are another room's.
    #[error("expected the parameters of room main in {}, found those of room {found}", .path.display())]
    OtherRoom {
        /// The file that `--params` names.
        path: PathBuf,
        /// The room that the file names.
        found: RoomName,
    },
    /// The levels of the log make no sense.
    #[error("expected --log-level (or RUST_LOG) to name levels such as info or relay=debug, found {found:?}: {why}")]
    LogLevel {
        /// The text, as it was typed.
        found: String,
        /// Why it names no levels.
        why: String,
    },
}

impl Serve {
    /// The settings that these options make, but for where the relay listens: a host and port of an option may stand for
    /// several addresses, and the port be chosen by the system.
    ///
    /// # Errors
    /// When the parameters' file is not one.
    pub fn settings(&self) -> Result<Settings, UsageError> {
        Ok(Settings {
            root_room: self.root_room.clone(),
            fetch: self.fetch.clone(),
            own_node: self.own_node,
            mining_threads: self.mining_threads.unwrap_or_else(Threads::half_the_cores),
            params: self.params.as_deref().map(read_params).transpose()?,
            app: self.app.clone(),
            allowed_origins: self.allow_origin.clone(),
            trusted_proxies: self.trust_proxy.clone(),
            public_url: self.public_url.clone(),
            base_path: self.base_path.clone(),
            limits: self.limits.clone(),
            ..Settings::default()
        })
    }
}

fn read_params(path: &Path) -> Result<Params, UsageError> {
    let path = path.to_owned();
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => return Err(UsageError::Unreadable { path, error }),
    };
    let text = match read_utf8(&bytes) {
        Ok(text) => text,
        Err(error) => return Err(UsageError::NotText { path, error }),
    };
    let params: Params = match serde_json::from_str(text) {
        Ok(params) => params,
        Err(error) => return Err(UsageError::NotParams { path, error }),
    };
    if let Err(error) = params.check() {
        return Err(UsageError::BadParams { path, error });
    }
    let found = params.genesis_time.as_ms();
    if found > JSON_INTEGER_MAX {
        return Err(UsageError::GenesisTime { path, found });
    }
    if params.room != Params::main().room {
        let found = params.room;
        return Err(UsageError::OtherRoom { path, found });
    }
    Ok(params)
}

pub(crate) fn room(text: &str) -> Result<RoomName, String> {
    RoomName::new(text).map_err(|error| error.receipt().to_string())
}

fn node_name(text: &str) -> Result<NodeName, String> {
    NodeName::new(text).map_err(|error| error.receipt().to_string())
}

fn format(text: &str) -> Result<Format, String> {
    text.parse().map_err(|error: shared::export::FormatError| error.to_string())
}

/// An origin: a scheme, a host, perhaps a port, and nothing after. It is kept as browsers write it, in lower case: neither
/// schemes nor hosts have a case (RFC 3986, section 6.2.2.1).
fn origin(text: &str) -> Result<String, String> {
    let is_origin = |text: &str| text.parse::<Origin>().is_ok();
    let origin = text.trim_end_matches('/').to_ascii_lowercase();
    if is_origin(&origin) {
        return Ok(origin);
    }
    let found = cut(text);
    let with_scheme = format!("https://{origin}");
    if !origin.contains("://") && is_origin(&with_scheme) {
        return Err(format!("expected an origin such as {}, with its scheme; found {found:?}", cut(&with_scheme)));
    }
    let after = origin.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('/')?.0)));
    match after {
        Some((scheme, host)) if is_origin(&format!("{scheme}://{host}")) => {
            let expected = "expected an origin such as https://coin.example, without a path, which --base-path names";
            Err(format!("{expected}; found {found:?}"))
        }
        _ => Err(format!("{OriginError}, found {found:?}")),
    }
}

/// The address of a proxy; requests come from no unspecified one.
fn proxy(text: &str) -> Result<IpAddr, String> {
    let address = text.parse().ok().filter(|address: &IpAddr| !address.is_unspecified() && !address.is_multicast());
    address.ok_or_else(|| {
        format!("expected the address from which a proxy connects, such as 127.0.0.1; found {:?}", cut(text))
    })
}

/// As much of a text as is quoted.
fn cut(text: &str) -> String {
    text.chars().take(FOUND_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_its_defaults_are_those_of_the_library() {
        Cli::command().debug_assert();
        let cli = Cli::try_parse_from(["relay", "serve"]).expect("defaults");
        let Command::Serve(serve) = cli.command else { panic!("serve") };
        assert_eq!(format!("{:?}", serve.limits), format!("{:?}", Limits::default()));
        assert_eq!(serve.listen, "127.0.0.1:5001");
    }

    #[test]
    fn the_service_of_the_documentation_is_a_command_line() {
        let unit = include_str!("../../docs/hosting/tabcoin.service").replace("\\\n", " ");
        let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
        let cli = Cli::try_parse_from(line.split_whitespace()).expect("options that there are");
        let Command::Serve(serve) = cli.command else { panic!("serve") };
        assert_eq!(serve.listen, "127.0.0.1:5001");
        assert!(serve.public_url.is_some() && !serve.trust_proxy.is_empty());
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host_and_nothing_else() {
        assert_eq!(origin("http://localhost:8080/"), Ok("http://localhost:8080".to_owned()));
        assert_eq!(origin("HTTPS://COIN.example"), Ok("https://coin.example".to_owned()));
        let refused = origin("coin.example").expect_err("no scheme");
        assert!(refused.contains("such as https://coin.example, with its scheme"), "{refused}");
        for bad in ["localhost:8080", "http://", "ftp://a", "http://a/b", "*", "http://u@a"] {
            origin(bad).expect_err(bad);
        }
    }
}
