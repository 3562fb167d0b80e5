//! The command line of the native benchmarks.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use bench::chain::{Material, busy_chain, payments_in};
use clap::Parser;
use relay::store::{Change, FileDisk, Store};

/// Workloads over Tabcoin's core. `cargo xtask bench` runs them and writes the table.
#[derive(Debug, Parser)]
enum Arguments {
    /// Measure one round of the chain's workloads for each line of standard input; answer with a line of JSON
    Chain,
    /// Fill an empty data directory with a long chain, for a tab to join
    Fill {
        /// The relay's data directory
        #[arg(long)]
        data_dir: PathBuf,
        /// Where to write the chain's parameters, for `relay serve --params`
        #[arg(long)]
        params: PathBuf,
        /// Blocks with ten payments each
        #[arg(long, default_value_t = 10_000)]
        blocks: usize,
    },
}

pub(crate) fn main() -> Result<()> {
    match Arguments::parse() {
        Arguments::Chain => rounds(),
        Arguments::Fill { data_dir, params, blocks } => fill(&data_dir, &params, blocks),
    }
}

fn rounds() -> Result<()> {
    let material = Material::prepare();
    let began = Instant::now();
    let clock = move || began.elapsed().as_secs_f64() * 1_000.0;
    for line in std::io::stdin().lock().lines() {
        line?;
        println!("{}", serde_json::to_string(&material.round(&clock))?);
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// Blocks written in one transaction of the store.
const BLOCKS_A_COMMIT: usize = 1_000;

fn fill(data_dir: &std::path::Path, params_file: &std::path::Path, blocks: usize) -> Result<()> {
    let chain = busy_chain(blocks);
    let params = chain.params();
    std::fs::write(params_file, serde_json::to_string_pretty(params)?)
        .with_context(|| format!("cannot write {}", params_file.display()))?;
    std::fs::create_dir_all(data_dir).with_context(|| format!("cannot make {}", data_dir.display()))?;
    let store = Store::open(FileDisk::in_folder(data_dir))?;
    store.create_room(params)?;
    for blocks in chain.blocks().chunks(BLOCKS_A_COMMIT) {
        let changes: Vec<Change> = blocks
            .iter()
            .map(|block| Change::Block {
                hash: block.hash(),
                height: block.header.height,
                bytes: shared::encode(block),
            })
            .collect();
        store.commit(&params.room, &changes)?;
    }
    println!("{}", serde_json::json!({ "height": chain.height(), "payments": payments_in(&chain) }));
    Ok(())
}
