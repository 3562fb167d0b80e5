//! The rounds: start, check, load, kill.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use shared::Params;
use shared::testing::easy_params;

use crate::acknowledged::Acknowledged;
use crate::members::Members;
use crate::random::Random;
use crate::victim::Victim;

/// One kill in so many is to hit a relay that recovers; a tenth is what is asked for.
const RECOVERING_ONE_IN: u64 = 6;
/// The longest load, in milliseconds.
const LOAD_MS_MAX: u64 = 250;
/// After so many rounds the whole chain is read and verified.
const WHOLE_EVERY: u64 = 25;

/// How it went.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) kills: u64,
    pub(crate) while_recovering: u64,
    pub(crate) blocks: u64,
    pub(crate) payments: u64,
    pub(crate) answers: u64,
    height: u64,
    recovery_ms_max: u64,
}

impl Tally {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            kills: self.kills + other.kills,
            while_recovering: self.while_recovering + other.while_recovering,
            blocks: self.blocks + other.blocks,
            payments: self.payments + other.payments,
            answers: self.answers + other.answers,
            height: self.height.max(other.height),
            recovery_ms_max: self.recovery_ms_max.max(other.recovery_ms_max),
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, while_recovering, blocks, payments, answers, height, recovery_ms_max } = self;
        write!(
            f,
            "{kills} kills, {while_recovering} of them while it recovered; acknowledged and there: {blocks} blocks, \
             {payments} payments, {answers} of them by REST; height {height}, longest recovery {recovery_ms_max} ms"
        )
    }
}

/// A room whose blocks are easy however fast they come.
fn params() -> Params {
    Params { interval_ms: 100, half_life_ms: 30 * 86_400_000, ..easy_params() }
}

/// The rounds on one store.
pub(crate) struct Rounds {
    random: Random,
    members: Members,
    acknowledged: Acknowledged,
    tally: Tally,
    /// How long recovering takes, about, in microseconds.
    recovery_us: u64,
}

impl Rounds {
    /// So many kills; then the relay is started once more, and everything is checked.
    pub(crate) async fn run(kills: u64, random: Random) -> Tally {
        let folder = tempfile::tempdir().expect("a folder");
        let params = params();
        let json = serde_json::to_string(&params).expect("JSON");
        std::fs::write(folder.path().join("params.json"), json).expect("written");
        let mut victim = Victim::start(folder.path());
        let (address, took) = victim.listens();
        let mut rounds = Self {
            random,
            members: Members::fund(&params, address).await,
            acknowledged: Acknowledged::new(&params),
            tally: Tally::default(),
            recovery_us: took.as_micros() as u64,
        };
        rounds.acknowledged.note(&mut rounds.members);
        victim.kill();
        while rounds.tally.kills < kills {
            if rounds.tally.while_recovering * RECOVERING_ONE_IN <= rounds.tally.kills {
                rounds.kill_recovering(folder.path());
            } else {
                rounds.kill_loaded(folder.path()).await;
            }
        }
        let mut victim = Victim::start(folder.path());
        let (address, _) = victim.listens();
        rounds.acknowledged.check_all(address).await;
        rounds.tally.blocks = rounds.acknowledged.blocks();
        rounds.tally.payments = rounds.acknowledged.payments();
        rounds.tally
    }

    /// Kills it between the opening of its store and the moment when it listens. A kill that comes too late counts as
    /// any other.
    fn kill_recovering(&mut self, folder: &Path) {
        let mut victim = Victim::start(folder);
        victim.opens();
        std::thread::sleep(Duration::from_micros(self.random.below(self.recovery_us.max(1))));
        let had_recovered = victim.kill();
        self.tally.kills += 1;
        self.tally.while_recovering += u64::from(!had_recovered);
    }

    async fn kill_loaded(&mut self, folder: &Path) {
        let mut victim = Victim::start(folder);
        let (address, took) = victim.listens();
        self.recovery_us = (3 * self.recovery_us + took.as_micros() as u64) / 4;
        self.tally.recovery_ms_max = self.tally.recovery_ms_max.max(took.as_millis() as u64);
        if self.tally.kills.is_multiple_of(WHOLE_EVERY) {
            self.acknowledged.check_all(address).await;
        } else {
            self.acknowledged.check(address).await;
        }
        self.members.join(address).await;
        victim.check_alive();
        let is_killed = Arc::new(AtomicBool::new(false));
        let killing = {
            let (is_killed, after) = (Arc::clone(&is_killed), self.random.below(LOAD_MS_MAX));
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(after));
                victim.kill();
                is_killed.store(true, Ordering::SeqCst);
            })
        };
        self.members.load(address, || is_killed.load(Ordering::SeqCst)).await;
        killing.join().expect("it is killed");
        self.tally.kills += 1;
        self.tally.answers += self.members.answered.len() as u64;
        let height = self.members.members[0].tab.state().node.chain().tip().height;
        self.tally.height = self.tally.height.max(height.as_u64());
        self.acknowledged.note(&mut self.members);
    }
}
