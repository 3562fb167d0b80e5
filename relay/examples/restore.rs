//! Measures how long a relay takes to start on a long chain, and what a commit costs.
//!
//! `cargo run --release -p relay --example restore -- 100000` does so for so many blocks of rewards alone, and again
//! with ten payments in each, which takes some minutes to make. `-- 100000 DIR` keeps the two stores in that folder, and
//! `-- open DIR/payments` opens one of them again.
//!
//! A store is opened as `relay serve` would, by a process of its own, so that the memory it says is what a relay that has
//! just started takes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use relay::relay::{Relay, Settings};
use relay::store::{Change, FileDisk, STORE_FILE, Store};
use shared::testing::{ChainBuilder, key};
use shared::{Address, Amount, Block, Memo, Payment, SecretKey, SignedPayment, encode};

/// Blocks of one commit while the store is filled.
const BATCH: usize = 1_000;
/// Commits that are timed.
const COMMITS: u32 = 50;
/// Payments in each block of the second store.
const PAYMENTS: usize = 10;
/// How many people pay each other there. Each mines a block first, so as to have something.
const PEOPLE: usize = 1_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [open, folder] = arguments.as_slice()
        && open == "open"
    {
        let folder = PathBuf::from(folder);
        return tokio::task::spawn_blocking(move || measure(&folder)).await?;
    }
    let count: usize = arguments.first().map_or(Ok(100_000), |text| text.parse())?;
    let temporary = tempfile::tempdir()?;
    let folder = arguments.get(1).map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    for (name, payments) in [("rewards", 0), ("payments", PAYMENTS)] {
        println!("{count} blocks with {payments} payments each");
        let folder = folder.join(name);
        fill(count, payments, &folder)?;
        let status = Command::new(std::env::current_exe()?).arg("open").arg(&folder).status()?;
        ensure!(status.success(), "the store in {} could not be opened", folder.display());
    }
    Ok(())
}

/// A chain of so many blocks with so many payments each, in a store.
fn fill(count: usize, payments: usize, folder: &Path) -> anyhow::Result<()> {
    ensure!(!folder.join(STORE_FILE).exists(), "{} holds a store already", folder.display());
    let mut chain = ChainBuilder::easy();
    let mut people = People::new();
    timed("mine the blocks", || {
        for height in 0..count {
            let payments = if height < PEOPLE { Vec::new() } else { people.pay(&chain, payments) };
            chain.mine((height % PEOPLE) as u64, &payments);
        }
    });
    let store = Store::open(FileDisk::in_folder(folder))?;
    store.create_room(chain.params())?;
    let room = chain.params().room.clone();
    timed(&format!("store them, {BATCH} a commit"), || {
        chain.blocks().chunks(BATCH).try_for_each(|blocks| {
            let changes: Vec<Change> = blocks.iter().map(change).collect();
            store.commit(&room, &changes)
        })
    })?;
    let more: Vec<Block> = (0..COMMITS).map(|_| chain.mine(1, &[])).collect();
    let started = Instant::now();
    for block in &more {
        store.commit(&room, &[change(block)])?;
    }
    say("commit one block, mean", ms(started.elapsed() / COMMITS), "ms");
    Ok(())
}

/// Opens a store and its rooms, and says what that took.
fn measure(folder: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::metadata(folder.join(STORE_FILE)).context("a store to open")?.len();
    say("the store's file", bytes as f64 / 1e6, "MB");
    let started = Instant::now();
    let store = timed("open the store, checking every page", || Store::open(FileDisk::existing(folder)))?;
    let settings = Settings { app: folder.join("no-app"), ..Settings::default() };
    let (relay, _rooms) = timed("restore the room", || Relay::open(store, settings))?;
    say("recovery, together", ms(started.elapsed()), "ms");
    #[cfg(target_os = "linux")]
    {
        let busy = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        say("processor time since the process began", busy.tv_sec as f64 * 1e3 + busy.tv_nsec as f64 / 1e6, "ms");
        say("memory then", status_mb("VmRSS")?, "MB");
        say("memory at most", status_mb("VmHWM")?, "MB");
    }
    for room in relay.rooms() {
        println!("{:<44} {:>10}", "height", room.height().as_u64());
    }
    Ok(())
}

/// People who pay each other in turn.
struct People {
    keys: Vec<SecretKey>,
    addresses: Vec<Address>,
    /// How many payments were made.
    made: usize,
}

impl People {
    fn new() -> Self {
        let keys: Vec<SecretKey> = (0..PEOPLE as u64).map(key).collect();
        let addresses = keys.iter().map(|key| key.public().address()).collect();
        Self { keys, addresses, made: 0 }
    }

    fn pay(&mut self, chain: &ChainBuilder, count: usize) -> Vec<SignedPayment> {
        let made = self.made..self.made + count;
        self.made = made.end;
        let pay = |number: usize| {
            let (from, round) = (number % PEOPLE, number / PEOPLE);
            let payment = Payment {
                network: chain.network(),
                sender: self.keys[from].public(),
                receiver: self.addresses[(from + 1 + round) % PEOPLE],
                amount: Amount::from_units(1_000),
                fee: Amount::from_units(10),
                sequence: round as u64,
                memo: Memo::default(),
            };
            payment.sign(&self.keys[from])
        };
        made.map(pay).collect()
    }
}

fn change(block: &Block) -> Change {
    Change::Block { hash: block.hash(), height: block.header.height, bytes: encode(block) }
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    say(what, ms(started.elapsed()), "ms");
    result
}

fn say(what: &str, figure: f64, unit: &str) {
    println!("{what:<44} {figure:>10.1} {unit}");
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// A figure of this process that the kernel gives in kilobytes.
#[cfg(target_os = "linux")]
fn status_mb(field: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kilobytes: f64 =
        line.and_then(|line| line.split_whitespace().next()).context("the kernel's figure")?.parse()?;
    Ok(kilobytes / 1e3)
}
