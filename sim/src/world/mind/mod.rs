//! Adversaries. Beneath each runs an honest node; what it is up to bends what that node sends, hears and mines.
//!
//! An adversary that mines sees every honest node's chain at once, which is more than any could: what holds against it
//! holds against those who have to listen.

mod double_spender;
mod eclipser;
mod fee_flooder;
mod invalid_flooder;
mod majority_miner;
mod orphan_flooder;
mod replayer;
mod selfish_miner;
mod time_cheat;
mod tip_liar;
mod withholder;

use std::collections::BTreeMap;

use shared::protocol::{Message, Node, PeerId, Status};
use shared::state::Tip;
use shared::{Block, BlockHash, Height, SignedPayment, decode, encode};

pub use self::double_spender::{Attack, Stage};
use super::net::{End, Parcel};
use super::{Event, World};
use crate::checker::Violation;
use crate::dice::{Dice, Stream};
use crate::plan::Mind;

/// How often an adversary does something, in milliseconds.
const ACTS_MS: u64 = 500;
/// How many payments of others a replayer remembers.
const HEARD_MAX: usize = 256;

/// What an adversary keeps in its mind.
#[derive(Debug)]
pub struct State {
    /// Whether it keeps its blocks to itself.
    pub is_hiding: bool,
    /// How many times it did what it is here for.
    pub acts: u64,
    /// The last of its blocks that a selfish miner has shown.
    shown: Option<(Height, BlockHash)>,
    /// The double spend it is at.
    pub attack: Attack,
    /// Blocks that break the rules, by hash, for whoever asks for them.
    forged: BTreeMap<BlockHash, Block>,
    /// Payments that others made.
    heard: Vec<SignedPayment>,
    dice: Dice,
}

impl State {
    pub(super) fn new(seed: u64, number: usize) -> Self {
        Self {
            is_hiding: false,
            acts: 0,
            shown: None,
            attack: Attack::default(),
            forged: BTreeMap::new(),
            heard: Vec::new(),
            dice: Dice::new(seed, Stream::Mind(number)),
        }
    }
}

/// The number of a message's kind, which its encoding begins with.
mod kind {
    pub(super) const GET_HEADERS: u8 = 4;
    pub(super) const HEADERS: u8 = 5;
    pub(super) const ANNOUNCE: u8 = 6;
    pub(super) const GET_BLOCKS: u8 = 7;
    pub(super) const BLOCKS: u8 = 8;
    pub(super) const NOT_FOUND: u8 = 9;
    pub(super) const PAYMENTS: u8 = 11;
    pub(super) const STATUS: u8 = 12;
}

impl World {
    /// What a host is up to by now.
    pub(super) fn mind(&self, host: usize) -> Mind {
        let mind = self.hosts[host].plan.mind;
        if self.is_over && mind.gives_up() { Mind::Honest } else { mind }
    }

    /// Has an adversary do something soon.
    pub(super) fn act_later(&mut self, host: usize) {
        if !self.mind(host).is_honest() {
            let life = self.hosts[host].life;
            self.agenda.put(self.now.plus_ms(ACTS_MS), Event::Acts { host, life });
        }
    }

    /// An adversary does something.
    pub(super) fn act(&mut self, host: usize) -> Result<(), Violation> {
        match self.mind(host) {
            Mind::Honest | Mind::Withholder | Mind::Eclipser => Ok(()),
            Mind::DoubleSpender => double_spender::act(self, host),
            Mind::SelfishMiner => selfish_miner::act(self, host),
            Mind::MajorityMiner => majority_miner::act(self, host),
            Mind::TipLiar => tip_liar::act(self, host),
            Mind::OrphanFlooder => orphan_flooder::act(self, host),
            Mind::InvalidFlooder => invalid_flooder::act(self, host),
            Mind::FeeFlooder => fee_flooder::act(self, host),
            Mind::Replayer => replayer::act(self, host),
            Mind::TimeCheat => time_cheat::act(self, host),
        }?;
        self.act_later(host);
        Ok(())
    }

    /// All is over: those who give up show what they have, and go on honestly.
    ///
    /// # Errors
    /// When something happened that must not.
    pub fn give_up(&mut self) -> Result<(), Violation> {
        self.is_over = true;
        for host in 0..self.hosts.len() {
            if self.hosts[host].plan.mind.gives_up() {
                self.show(host)?;
                self.adopt(host, true)?;
                let ahead_ms = self.hosts[host].plan.ahead_ms;
                self.set_clock(host, ahead_ms);
            }
        }
        Ok(())
    }

    /// Whether an adversary lets its node send this.
    pub(super) fn lets_send(&mut self, host: usize, peer: PeerId, bytes: &[u8]) -> bool {
        let kind = bytes.first().copied().unwrap_or_default();
        let is_telling = [kind::HEADERS, kind::ANNOUNCE, kind::BLOCKS, kind::PAYMENTS, kind::STATUS].contains(&kind);
        match self.mind(host) {
            Mind::Withholder => withholder::lets_send(kind, &mut self.hosts[host].mind),
            Mind::Eclipser => eclipser::lets_send(End::of_peer(peer), is_telling, &mut self.hosts[host].mind),
            Mind::SelfishMiner if self.hosts[host].mind.is_hiding => {
                selfish_miner::lets_send(kind, bytes, &self.hosts[host].mind)
            }
            _ => !(is_telling && self.hosts[host].mind.is_hiding),
        }
    }

    /// Whether an adversary lets its node hear this.
    pub(super) fn lets_hear(&mut self, host: usize, from: End, bytes: &[u8]) -> Result<bool, Violation> {
        let kind = bytes.first().copied().unwrap_or_default();
        match self.mind(host) {
            Mind::TipLiar => Ok(kind != kind::GET_HEADERS),
            Mind::Withholder => Ok(kind != kind::GET_BLOCKS),
            Mind::InvalidFlooder if kind == kind::GET_BLOCKS => invalid_flooder::answer(self, host, from.peer(), bytes),
            Mind::Replayer if kind == kind::PAYMENTS => {
                let heard = &mut self.hosts[host].mind.heard;
                if let Ok(Message::Payments(payments)) = decode(bytes) {
                    heard.extend(payments);
                    heard.drain(..heard.len().saturating_sub(HEARD_MAX));
                }
                Ok(true)
            }
            _ => Ok(true),
        }
    }

    /// Whom it is connected to.
    fn audience(&self, host: usize) -> Vec<PeerId> {
        let Some(process) = &self.hosts[host].process else { return Vec::new() };
        process.node.peers().iter().map(|peer| peer.peer).collect()
    }

    /// Says something that its node would not.
    fn say(&mut self, host: usize, peer: PeerId, message: &Message) {
        self.hosts[host].mind.acts += 1;
        self.net.send(End::of_peer(peer), Parcel::Message(encode(message)), self.now, &mut self.deliveries);
        self.deliver();
    }

    /// Where its own chain ends.
    fn own_tip(&self, host: usize) -> Option<Tip> {
        self.hosts[host].process.as_ref().map(|process| process.node.chain().tip())
    }

    /// The node with the best chain of those who are honest.
    fn public_node(&self) -> Option<&Node> {
        let honest = self.hosts.iter().filter(|host| host.plan.mind.is_honest());
        let nodes = honest.filter_map(|host| host.process.as_ref()).map(|process| &process.node);
        nodes.max_by_key(|node| node.chain().tip().work)
    }

    /// Where the best chain of those who are honest ends.
    fn public_tip(&self) -> Option<Tip> {
        self.public_node().map(|node| node.chain().tip())
    }

    /// From now on it keeps its blocks to itself, and takes nobody's.
    fn hide(&mut self, host: usize) -> Result<(), Violation> {
        self.hosts[host].mind.is_hiding = true;
        self.adopt(host, false)
    }

    /// Shows its chain to everybody.
    fn show(&mut self, host: usize) -> Result<(), Violation> {
        if !std::mem::take(&mut self.hosts[host].mind.is_hiding) {
            return Ok(());
        }
        let Some(process) = &self.hosts[host].process else { return Ok(()) };
        let (announce, status) = (announce(&process.node), Message::Status(status(&process.node)));
        for peer in self.audience(host) {
            announce.iter().for_each(|announce| self.say(host, peer, announce));
            self.say(host, peer, &status);
        }
        Ok(())
    }

    fn adopt(&mut self, host: usize, on: bool) -> Result<(), Violation> {
        if self.hosts[host].auto_sync == on {
            return Ok(());
        }
        self.set_auto_sync(host, on)
    }
}

/// A node's tip, as it is announced; nothing where it is the genesis.
fn announce(node: &Node) -> Option<Message> {
    let tip = node.chain().tip();
    node.chain().header(&tip.hash).filter(|header| header.height.as_u64() > 0).map(|header| Message::Announce(*header))
}

fn status(node: &Node) -> Status {
    Status { name: node.name(), address: node.address(), tip: node.chain().tip(), auto_sync: node.auto_sync() }
}
