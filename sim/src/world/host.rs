//! A host: its keys, its disk and its clock, which outlast its process, and the process, if it runs.

use std::collections::{BTreeMap, VecDeque};

use shared::protocol::{Backoff, Node, PeerId, Role};
use shared::state::{Job, SearchCursor};
use shared::{Address, SecretKey, sha256};

use super::Event;
use super::mind;
use super::net::{ConnId, End};
use super::relay::RelayShell;
use super::tab::TabShell;
use crate::clock::Clock;
use crate::dice::{Dice, Stream};
use crate::disk::Disk;
use crate::plan::HostPlan;
use crate::time::Time;

/// A host.
#[derive(Debug)]
pub struct Host {
    /// What was planned of it.
    pub plan: HostPlan,
    /// Its node's key.
    pub key: SecretKey,
    /// The key that its coins belong to.
    pub wallet: SecretKey,
    /// Where it is paid.
    pub address: Address,
    /// Its clock.
    pub clock: Clock,
    /// Its disk.
    pub disk: Disk,
    /// How many attempts it makes a second.
    pub rate: u64,
    /// Whether its owner wants it to adopt others' blocks.
    pub auto_sync: bool,
    /// How often it was started.
    pub life: u64,
    /// How many faults keep it from running.
    pub down: u32,
    /// How many faults freeze it.
    pub frozen: u32,
    /// What happened to it while it was frozen.
    pub deferred: VecDeque<Event>,
    /// Its chance.
    pub dice: Dice,
    /// Its miner's.
    pub luck: Dice,
    /// What an adversary keeps in its mind.
    pub mind: mind::State,
    /// Its process.
    pub process: Option<Process>,
}

/// A process that runs.
#[derive(Debug)]
pub struct Process {
    /// The node.
    pub node: Node,
    /// What performs the node's outputs.
    pub shell: Shell,
    /// The links that it opens.
    pub dials: Vec<Dial>,
    /// The connections that its node knows of.
    pub conns: BTreeMap<PeerId, End>,
    /// When it is woken next.
    pub wake_at: Time,
    /// What it mines.
    pub job: Option<Job>,
    /// Counts what the miner was told, so that what it was told before is known to be over.
    pub job_number: u64,
    /// Where its search goes on, where every attempt is made.
    pub cursor: Option<SearchCursor>,
}

/// What performs a node's outputs, in the order and with the care of the real ones.
#[derive(Debug)]
pub enum Shell {
    /// As in a tab.
    Tab(TabShell),
    /// As in a relay.
    Relay(RelayShell),
}

/// A link that a process opens, and opens again.
#[derive(Debug)]
pub struct Dial {
    /// Which.
    pub link: usize,
    /// How often it has failed.
    pub backoff: Backoff,
    /// Where it stands.
    pub state: DialState,
}

/// Where a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialState {
    /// Waiting for the next try.
    Down,
    /// Being opened.
    Opening(ConnId),
    /// Open.
    Open(ConnId),
}

impl Host {
    pub(super) fn new(seed: u64, number: usize, plan: HostPlan) -> Self {
        let secret = |what: &[u8]| {
            SecretKey::from_bytes(sha256(&[b"tabcoin sim ", what, &seed.to_le_bytes(), &(number as u64).to_le_bytes()]))
        };
        let wallet = secret(b"wallet");
        Self {
            key: secret(b"node"),
            address: wallet.public().address(),
            wallet,
            clock: Clock { ahead_ms: plan.ahead_ms },
            disk: Disk::default(),
            rate: plan.rate,
            auto_sync: true,
            life: 0,
            down: 0,
            frozen: 0,
            deferred: VecDeque::new(),
            dice: Dice::new(seed, Stream::Host(number)),
            luck: Dice::new(seed, Stream::Miner(number)),
            mind: mind::State::new(seed, number),
            process: None,
            plan,
        }
    }

    /// Whether it is a relay.
    pub fn is_relay(&self) -> bool {
        self.plan.role == Role::Relay
    }

    /// Whether it runs and is not frozen.
    pub fn is_awake(&self) -> bool {
        self.process.is_some() && self.frozen == 0
    }
}
