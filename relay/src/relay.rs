//! What all connections share: the rooms, the app, the limits and what is taken of them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use shared::{NodeId, Params, Receipt, RoomName, Timestamp};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::assets::App;
use crate::base_path::BasePath;
use crate::budget::Budget;
use crate::fetch::Fetching;
use crate::fetch::policy::FetchPolicy;
use crate::hosts::Hosts;
use crate::limits::{EXPORTS_MAX, EXPORTS_PER_ADDRESS, Limits, Places};
use crate::outbox;
use crate::own::{Own, OwnNode};
use crate::pace::{Pace, Rate};
use crate::reach::{Facts, Reached};
use crate::rest::Rest;
use crate::room::{Identity, Room, RoomError};
use crate::search::Threads;
use crate::store::{Store, StoreError};
use crate::tabs::{Paces, Tabs};
use crate::unopened::Unopened;
use crate::{clock, guard};

/// What a relay is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The parameters of room `main`; those of the store, or else the usual ones, when `None`.
    pub params: Option<Params>,
    /// The room whose node answers at the relay's root.
    pub root_room: RoomName,
    /// Where the relay listens.
    pub listens_on: SocketAddr,
    /// Which nodes elsewhere members may have asked; those that go with how far the relay is reached, when `None`.
    pub fetch: Option<FetchPolicy>,
    /// Whether the relay's own node mines and pays.
    pub own_node: OwnNode,
    /// How many threads it mines with.
    pub mining_threads: Threads,
    /// Where the app was built.
    pub app: std::path::PathBuf,
    /// Origins besides the relay's own whose pages may connect.
    pub allowed_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The origin under which people open the relay.
    pub public_url: Option<String>,
    /// The path under which a proxy serves the relay.
    pub base_path: BasePath,
    /// The limits.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            params: None,
            root_room: Params::main().room,
            listens_on: (Ipv4Addr::LOCALHOST, 5001).into(),
            fetch: None,
            own_node: OwnNode::default(),
            mining_threads: Threads::half_the_cores(),
            app: "dist".into(),
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            public_url: None,
            base_path: BasePath::default(),
            limits: Limits::default(),
        }
    }
}

/// Where a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);

/// The relay's state.
#[derive(Debug)]
pub struct Relay {
    rooms: BTreeMap<RoomName, Room>,
    /// The id of the relay's own node, which is the same in every room.
    pub(crate) id: NodeId,
    pub(crate) root_room: RoomName,
    pub(crate) listens_on: SocketAddr,
    pub(crate) reached: Reached,
    /// The names under which it may be reached.
    pub(crate) hosts: Hosts,
    pub(crate) fetch: FetchPolicy,
    pub(crate) fetching: Fetching,
    pub(crate) own: Own,
    pub(crate) app: Arc<App>,
    pub(crate) limits: Limits,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// Why WebSockets were not opened.
    pub(crate) unopened: Unopened,
    /// Whether the log says already that a proxy is not heeded.
    pub(crate) told_of_proxy: AtomicBool,
    pub(crate) base_path: BasePath,
    pub(crate) connections: Arc<Places>,
    pub(crate) members: Arc<Places>,
    pub(crate) exports: Arc<Places>,
    pub(crate) rest: Rest,
    pub(crate) connects: Pace,
    pub(crate) joins: Pace,
    pub(crate) requests: Pace,
    /// How fast the relay's own node may be asked.
    pub(crate) own_paces: Paces,
    /// The members that are here, and their requests.
    pub(crate) tabs: Arc<Tabs>,
    /// Bytes of messages that are not finished.
    pub(crate) unfinished: Arc<Budget>,
    /// Bytes that wait for members.
    pub(crate) queued: Arc<Budget>,
    /// The WebSockets that are open.
    pub(crate) sessions: TaskTracker,
    /// Cancelled when the relay stops; rooms and sessions end by it.
    pub(crate) stop: CancellationToken,
    pub(crate) started: Instant,
    pub(crate) started_at: Timestamp,
}

/// The rooms' tasks: their end means that everything is committed.
#[derive(Debug)]
pub struct RoomTasks(pub(crate) Vec<JoinHandle<()>>);

impl Relay {
    /// Opens the rooms of a store. Blocks until their chains are read, so call it where blocking is allowed, within a
    /// runtime.
    ///
    /// # Errors
    /// When the store fails, has another `main`, or does not hold a valid chain.
    pub fn open(store: Store, settings: Settings) -> Result<(Arc<Self>, RoomTasks), RoomError> {
        let store = Arc::new(store);
        let identity = Identity::new(&store.seed_or(random())?);
        let id = NodeId::of(&identity.key.public());
        let stop = CancellationToken::new();
        let tabs = Tabs::new(&settings.limits);
        let (mut rooms, mut tasks) = (BTreeMap::new(), Vec::new());
        for params in [main_params(&store, settings.params)?, Params::classic()] {
            store.create_room(&params)?;
            let name = params.room.clone();
            let (room, task) =
                Room::open(params, Arc::clone(&store), identity.clone(), Arc::clone(&tabs), stop.clone())?;
            rooms.insert(name, room);
            tasks.push(task);
        }
        if !rooms.contains_key(&settings.root_room) {
            let rooms = rooms.keys().map(ToString::to_string).collect();
            return Err(RoomError::NoRoot { room: settings.root_room, rooms });
        }
        let facts = Facts {
            listens_on: settings.listens_on,
            trusted_proxies: &settings.trusted_proxies,
            allowed_origins: &settings.allowed_origins,
            public_url: settings.public_url.as_deref(),
        };
        let reached = Reached::of(facts);
        let hosts = Hosts::of(facts, reached.reach);
        let mut allowed_origins = settings.allowed_origins.clone();
        allowed_origins.extend(settings.public_url.clone());
        let is_on = settings.own_node.is_on(reached.reach);
        let own = Own::open(rooms.values(), &identity, is_on, settings.mining_threads)?;
        let limits = settings.limits;
        let burst = limits.members_per_address.saturating_mul(2);
        let relay = Self {
            rooms,
            tabs,
            id,
            own,
            root_room: settings.root_room,
            fetch: settings.fetch.unwrap_or_else(|| FetchPolicy::usual(reached.reach)),
            reached,
            hosts,
            fetching: Fetching::default(),
            listens_on: settings.listens_on,
            allowed_origins,
            app: Arc::new(App::new(settings.app, settings.base_path.clone())),
            base_path: settings.base_path,
            told_of_proxy: AtomicBool::new(false),
            unopened: Unopened::default(),
            trusted_proxies: settings.trusted_proxies.iter().map(IpAddr::to_canonical).collect(),
            connections: Places::new("connections", limits.connections_max, limits.connections_per_address),
            members: Places::new("tabs", limits.members_max, limits.members_per_address),
            exports: Places::with_reserve("exports at a time", EXPORTS_MAX, EXPORTS_PER_ADDRESS, EXPORTS_MAX),
            rest: Rest::default(),
            connects: Pace::new(
                "new connections per address",
                Rate::new(limits.connections_per_address.saturating_mul(2), limits.connects_per_second),
            ),
            joins: Pace::new("new tabs per address", Rate::new(burst, limits.joins_per_second)),
            own_paces: Paces::new(&limits, false),
            requests: Pace::new("requests per address", Rate::per_second(limits.requests_per_second)),
            unfinished: guard::unfinished(limits.members_max),
            limits,
            queued: outbox::queued(),
            sessions: TaskTracker::new(),
            stop,
            started: Instant::now(),
            started_at: clock::now(),
        };
        Ok((Arc::new(relay), RoomTasks(tasks)))
    }

    /// The rooms, by name.
    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.rooms.values()
    }

    /// How far the relay can be reached, and why.
    pub fn reached(&self) -> &Reached {
        &self.reached
    }

    /// Whether the relay's own node mines and pays.
    pub fn own_node_is_on(&self) -> bool {
        self.own.is_on()
    }

    /// Which nodes elsewhere may be asked.
    pub fn fetch_policy(&self) -> &FetchPolicy {
        &self.fetch
    }

    /// Whether there is an app to serve.
    pub fn has_app(&self) -> bool {
        self.app.is_built()
    }

    /// The room of this name.
    pub(crate) fn room(&self, name: &str) -> Option<Room> {
        let name = RoomName::new(name).ok()?;
        self.rooms.get(&name).cloned()
    }

    /// What is answered for a room that is not here.
    pub(crate) fn unknown_room(&self, name: &str) -> Receipt {
        let rooms: Vec<&str> = self.rooms.keys().map(RoomName::as_str).collect();
        let name: String = name.chars().take(40).collect();
        Receipt::new("room", format!("one of: {}", rooms.join(", ")), format!("{name:?}"))
    }
}

/// The parameters given, or those of the store, or the usual ones.
fn main_params(store: &Store, given: Option<Params>) -> Result<Params, StoreError> {
    match given {
        Some(params) => Ok(params),
        None => {
            let usual = Params::main();
            Ok(store.params(&usual.room)?.unwrap_or(usual))
        }
    }
}

/// Bytes that nobody can guess.
pub(crate) fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
