//! `relay mine`: a miner without a browser, a member of a room like any tab.
//!
//! It joins over the same WebSocket, follows the room's chain from the beginning, and mines on its tip with the native
//! kernels. It keeps its key between runs, and nothing else: the chain comes from the room. What it mines is paid to its
//! own key, or to whomever `--payout` names.

pub(crate) mod report;

use std::io;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use shared::protocol::{ClockTrouble, Role};
use shared::{Address, Amount, NodeName, Params, Receipt, Refusal, RoomName, Rules, Seed, counted};
use tokio::sync::mpsc;

use self::report::{Meter, Progress, Report, Summary};
use crate::data_dir::quoted;
use crate::member::{Heard, Member, RelayUrl, Work, api, first_answer};
use crate::output::{self, Output};
use crate::search::{Pool, Threads, Throttle, fastest};

/// How the miner names itself to its peers.
const AGENT: &str = concat!("tabcoin-miner/", env!("CARGO_PKG_VERSION"));
/// News waiting between the member and what is written of it.
const WAITING_MAX: usize = 64;

/// What a miner is started with.
#[derive(Debug)]
pub struct Mine {
    /// The relay whose room it mines in.
    pub relay: RelayUrl,
    /// The room, which must be a sealed one.
    pub room: RoomName,
    /// How many threads search.
    pub threads: Threads,
    /// How much of a core each may have.
    pub throttle: Throttle,
    /// The seed of its node key and of its wallet key.
    pub seed: Seed,
    /// The folder that keeps them.
    pub kept_in: PathBuf,
    /// Who is paid, as it was written; the miner's own key when `None`.
    pub payout: Option<String>,
    /// What others see it called.
    pub name: Option<NodeName>,
    /// After how many blocks it stops.
    pub blocks: Option<NonZeroU64>,
}

/// Why a miner ends.
#[derive(Debug, thiserror::Error)]
pub enum MineError {
    /// A room that has no sealed chain.
    #[error(
        "expected a room whose blocks are sealed, such as main, found {room}: a classic room's nodes mine for themselves, each on a chain of its own"
    )]
    Classic {
        /// The room.
        room: RoomName,
    },
    /// The text of `--payout` is no address of the room.
    #[error("expected --payout to name an address of room {room}: {receipt}")]
    Payout {
        /// The room.
        room: RoomName,
        /// What is wrong with it.
        receipt: Receipt,
    },
    /// The relay will not have it, or no relay is there.
    #[error("{}", api::refused_in_words(.0))]
    Refused(Receipt),
    /// The system starts no more threads.
    #[error("expected the system to give {threads}: {error}")]
    Threads {
        /// How many were wanted.
        threads: Threads,
        /// What the system says.
        error: io::Error,
    },
    /// Standard output takes nothing.
    #[error("expected standard output to take a line, found: {0}")]
    Output(#[from] io::Error),
}

impl MineError {
    /// Whether another command line would help.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Refused(receipt) => receipt.rule == api::NO_ROOM,
            Self::Classic { .. } | Self::Payout { .. } => true,
            Self::Threads { .. } | Self::Output(_) => false,
        }
    }
}

impl Mine {
    /// Mines until all blocks that were wanted are mined, or `stop` is ready. Says what happens on standard output.
    ///
    /// # Errors
    /// When it cannot mine in that room, pay that address, or start its threads; and the relay's refusal.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), MineError> {
        tokio::pin!(stop);
        if self.room.rules() == Rules::Classic {
            return Err(MineError::Classic { room: self.room });
        }
        tokio::select! {
            biased;
            () = &mut stop => Ok(()),
            params = first_answer::room_params(&self.relay, &self.room) => {
                self.mine(params.map_err(MineError::Refused)?, stop).await
            }
        }
    }

    /// What a miner says that pays its own key: without the key nobody spends what it earns.
    fn own_key(&self, address: &str) -> String {
        let quoted = quoted(&self.kept_in);
        format!(
            "paying {address}, whose key is kept in {}\n\
             back it up:  relay wallet words --data-dir {quoted}\n\
             spend it:    relay wallet send RECEIVER AMOUNT --data-dir {quoted} --relay {} --room {}",
            self.kept_in.display(),
            self.relay.page(),
            self.room,
        )
    }

    async fn mine(&self, params: Params, stop: impl Future<Output = ()>) -> Result<(), MineError> {
        let prefix = params.address_prefix.clone();
        let payout = match &self.payout {
            Some(text) => Address::decode(text, &prefix)
                .map_err(|error| MineError::Payout { room: self.room.clone(), receipt: error.receipt() })?,
            None => self.seed.wallet_key().public().address(),
        };
        if self.payout.is_none() {
            output::line(self.own_key(&payout.encode(&prefix)))?;
        }
        let kernel = fastest();
        let (pool, found) = Pool::start(&kernel, self.threads, self.throttle)
            .map_err(|error| MineError::Threads { threads: self.threads, error })?;
        let pool = Arc::new(pool);
        let work = Work::new(Arc::clone(&pool), found, payout, self.blocks.map(NonZeroU64::get));
        let member =
            Member::new(self.relay.clone(), params, &self.seed, self.name.clone(), Role::Tab, AGENT).with_work(work);
        let joined = format!(
            "joined room {} at {} as {} ({}), paying {}, kernel {}, {} at {} of a core",
            self.room,
            self.relay.page(),
            member.name(),
            member.id(),
            payout.encode(&prefix),
            kernel.name(),
            self.threads,
            self.throttle,
        );
        let (heard_out, mut heard) = mpsc::channel(WAITING_MAX);
        // A miner answers no requests; the member runs for as long as somebody could speak.
        let (_say, said) = mpsc::channel(1);
        // Beside this task: verifying a long chain takes a while, and a stop is not to wait for it.
        let mut running = tokio::spawn(member.run(heard_out, said));
        let mut watching = Watching::new(joined, Arc::clone(&pool));
        let ended = tokio::select! {
            biased;
            () = stop => Ok(()),
            ended = &mut running => ended
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
                .map_err(MineError::Refused),
            gone = watching.run(&mut heard) => Err(gone.into()),
        };
        running.abort();
        pool.order(None);
        while let Ok(news) = heard.try_recv() {
            watching.take(news)?;
        }
        watching.finish()?;
        ended
    }
}

/// Writes what is heard of the member.
struct Watching {
    report: Report<Output<io::Stdout>>,
    joined: String,
    pool: Arc<Pool>,
    started: Instant,
    meter: Meter,
    is_joined: bool,
    is_mining: bool,
    height: u64,
    room_rate: Option<f64>,
    blocks: u64,
    /// Blocks that it mined and nobody else has.
    untaken: usize,
    /// What is wrong with the time.
    clock: Option<ClockTrouble>,
    paid: Amount,
}

impl Watching {
    fn new(joined: String, pool: Arc<Pool>) -> Self {
        let now = Instant::now();
        Self {
            report: Report::to_stdout(),
            joined,
            pool,
            started: now,
            meter: Meter::new(now),
            is_joined: false,
            is_mining: false,
            height: 0,
            room_rate: None,
            blocks: 0,
            untaken: 0,
            clock: None,
            paid: Amount::ZERO,
        }
    }

    /// Ends only when nobody reads it any more.
    async fn run(&mut self, heard: &mut mpsc::Receiver<Heard>) -> io::Error {
        let interval = self.report.interval();
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + interval, interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let written = tokio::select! {
                news = heard.recv() => match news {
                    Some(news) => self.take(news),
                    None => return std::future::pending().await,
                },
                _ = ticks.tick() => self.tick(),
            };
            if let Err(gone) = written {
                return gone;
            }
        }
    }

    fn take(&mut self, news: Heard) -> io::Result<()> {
        match news {
            Heard::Joined => {
                self.is_joined = true;
                self.report.line(&self.joined)?;
            }
            Heard::Lost(receipt) => {
                self.is_joined = false;
                self.report.line(&format!("the link to the relay is down, trying again: {receipt}"))?;
            }
            Heard::Tip { height, room_rate } => {
                (self.height, self.room_rate) = (height.as_u64(), room_rate);
            }
            Heard::Mining(is_mining) => self.is_mining = is_mining,
            Heard::Clock(trouble) => {
                self.clock = trouble;
                match trouble {
                    Some(trouble) => self.report.line(&format!("{trouble}. {}", trouble.advice()))?,
                    None => self.report.line("nothing is wrong with the time any more")?,
                }
            }
            Heard::Untaken(untaken) => self.untaken = untaken,
            Heard::Mined { hash, height, paid } => {
                self.blocks += 1;
                self.paid = self.paid.checked_add(paid).unwrap_or(self.paid);
                self.report.line(&format!("found block {height} {hash}, {}", paid.with_unit()))?;
            }
            // Requests for this member's address are answered by nobody here.
            Heard::Exchange(_) => {}
        }
        Ok(())
    }

    fn tick(&mut self) -> io::Result<()> {
        let rate = self.meter.rate(self.pool.attempts(), Instant::now());
        if self.is_mining {
            let Self { room_rate, height, blocks, untaken, .. } = *self;
            self.report.progress(&Progress { rate, room_rate, height, blocks, untaken }.to_string())
        } else if let Some(trouble) = self.clock.filter(|_| self.is_joined) {
            self.report.progress(&format!("not mining: {trouble}"))
        } else if self.is_joined {
            self.report.progress(&format!("fetching the room's chain, height {}", self.height))
        } else {
            Ok(())
        }
    }

    /// Says what it came to.
    fn finish(&mut self) -> io::Result<()> {
        let Self { blocks, paid, untaken, .. } = *self;
        if untaken > 0 {
            self.report.line(&format!(
                "nobody has taken {} that this miner made: no coins come of that",
                counted(untaken, "block")
            ))?;
        }
        let (attempts, switches, time) = (self.pool.attempts(), self.pool.switches(), self.started.elapsed());
        let summary = Summary { blocks, paid, attempts, time, switches };
        self.report.line(&format!("stopped: {summary}"))
    }
}
