//! What all connections share: the rooms, the app, the limits and what is taken of them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use shared::{Params, Receipt, RoomName};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::assets::App;
use crate::guard::Unfinished;
use crate::limits::{EXPORTS_MAX, EXPORTS_PER_ADDRESS, Limits, Pace, Places};
use crate::outbox::Queued;
use crate::room::{Identity, Room, RoomError};
use crate::store::{Store, StoreError};

/// What a relay is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The parameters of room `main`; those of the store, or else the usual ones, when `None`.
    pub params: Option<Params>,
    /// Where the app was built.
    pub app: std::path::PathBuf,
    /// Origins besides the relay's own whose pages may connect.
    pub allowed_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The limits.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            params: None,
            app: "dist".into(),
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
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
    pub(crate) app: Arc<App>,
    pub(crate) limits: Limits,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    pub(crate) connections: Arc<Places>,
    pub(crate) members: Arc<Places>,
    pub(crate) exports: Arc<Places>,
    pub(crate) joins: Pace,
    pub(crate) unfinished: Arc<Unfinished>,
    pub(crate) queued: Arc<Queued>,
    /// The WebSockets that are open.
    pub(crate) sessions: TaskTracker,
    /// Cancelled when the relay stops; rooms and sessions end by it.
    pub(crate) stop: CancellationToken,
    pub(crate) started: Instant,
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
        let params = main_params(&store, settings.params)?;
        store.create_room(&params)?;
        let stop = CancellationToken::new();
        let name = params.room.clone();
        let (room, task) = Room::open(params, store, identity, stop.clone())?;
        let limits = settings.limits;
        let burst = limits.members_per_address.saturating_mul(2);
        let relay = Self {
            rooms: BTreeMap::from([(name, room)]),
            app: Arc::new(App::new(settings.app)),
            allowed_origins: settings.allowed_origins,
            trusted_proxies: settings.trusted_proxies.iter().map(IpAddr::to_canonical).collect(),
            connections: Places::new("connections", limits.connections_max, limits.connections_per_address),
            members: Places::new("tabs", limits.members_max, limits.members_per_address),
            exports: Places::new("exports at a time", EXPORTS_MAX, EXPORTS_PER_ADDRESS),
            joins: Pace::new("new tabs per address", burst, limits.joins_per_second),
            limits,
            unfinished: Arc::default(),
            queued: Arc::default(),
            sessions: TaskTracker::new(),
            stop,
            started: Instant::now(),
        };
        Ok((Arc::new(relay), RoomTasks(vec![task])))
    }

    /// The rooms, by name.
    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.rooms.values()
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
