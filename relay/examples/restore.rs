//! Measures how long a relay takes to start on a long chain, and what a commit costs.
//!
//! `cargo run --release -p relay --example restore -- 100000` builds a store of so many blocks in a temporary folder
//! (`--example restore -- 100000 DIR` in that one), opens it as `relay serve` would, and prints a table.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use relay::relay::{Relay, Settings};
use relay::store::{Change, FileDisk, STORE_FILE, Store};
use shared::testing::ChainBuilder;
use shared::{Block, encode};

/// Blocks of one commit while the store is filled.
const BATCH: usize = 1_000;
/// Commits that are timed.
const COMMITS: u32 = 50;

fn change(block: &Block) -> Change {
    Change::Block { hash: block.hash(), height: block.header.height, bytes: encode(block) }
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    println!("{what:<44} {:>10.1} ms", ms(started.elapsed()));
    result
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let temporary = tempfile::tempdir()?;
    let folder = arguments.next().map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    tokio::task::spawn_blocking(move || measure(count, folder)).await?
}

fn measure(count: usize, folder: PathBuf) -> anyhow::Result<()> {
    let mut chain = ChainBuilder::easy();
    timed(&format!("mine {count} blocks"), || chain.mine_many(1, count));
    let room = chain.params().room.clone();
    {
        let store = Store::open(FileDisk::in_folder(&folder))?;
        store.create_room(chain.params())?;
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
        println!("{:<44} {:>10.1} ms", "commit one block, mean", ms(started.elapsed() / COMMITS));
    }
    let bytes = std::fs::metadata(folder.join(STORE_FILE))?.len();
    println!("{:<44} {:>10.1} MB", "the store's file", bytes as f64 / 1e6);
    let store = timed("open the store", || Store::open(FileDisk::in_folder(&folder)))?;
    let settings = Settings { app: folder.join("no-app"), ..Settings::default() };
    let (relay, _rooms) = timed("restore the room", || Relay::open(store, settings))?;
    for room in relay.rooms() {
        println!("{:<44} {:>10}", "height", room.height().as_u64());
    }
    Ok(())
}
