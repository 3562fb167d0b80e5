//! `relay`: see `relay --help`.

#![warn(clippy::print_stdout, clippy::print_stderr, reason = "they panic where nobody reads; `output` does not")]

mod whole_file;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Parser as _;
use relay::bridge::{Bridge, BridgeError};
use relay::config::{self, Cli, Command, Export, Import, Serve, UsageError};
use relay::data_dir::{self, DataDirError, Owner, quoted};
use relay::export::{ExportError, export};
use relay::import::{ImportFileError, import};
use relay::mine::{Mine, MineError};
use relay::output::{self, READER_GONE};
use relay::relay::{Relay, RoomTasks, Settings};
use relay::room::RoomError;
use relay::search::Threads;
use relay::server::ListenError;
use relay::signals::Signals;
use relay::store::{FileDisk, STORE_FILE, Store, StoreError};
use relay::wallet::{self, WalletError};
use relay::{logging, member, server};
use shared::counted;
use tracing::{info, warn};

/// The exit code of wrong usage, as the parser of the command line has it.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(options) => serve(&options),
        Command::Export(options) => write_chain(&options),
        Command::Import(options) => read_chain(&options),
        Command::Bridge(options) => bridge(options),
        Command::Mine(options) => mine(options),
        Command::Wallet(options) => wallet::run(&options.action).map_err(Into::into),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_reader_gone(error.as_ref()) => ExitCode::from(READER_GONE),
        Err(error) => {
            // A refusal may quote what a stranger wrote.
            output::remark(format_args!("relay: {}", shared::visible(&in_words(&error))));
            if is_usage(&error) { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
        }
    }
}

/// An error with its causes, each said once: some errors quote their cause.
fn in_words(error: &anyhow::Error) -> String {
    error.chain().skip(1).fold(error.to_string(), |said, cause| {
        let cause = cause.to_string();
        if said.contains(&cause) { said } else { format!("{said}: {cause}") }
    })
}

/// Whether another command line would help.
fn is_usage(error: &anyhow::Error) -> bool {
    error.is::<UsageError>()
        || error.is::<DataDirError>()
        || error.downcast_ref().is_some_and(MineError::is_usage)
        || error.downcast_ref().is_some_and(WalletError::is_usage)
        || error.downcast_ref().is_some_and(ListenError::is_usage)
        || error.downcast_ref().is_some_and(RoomError::is_usage)
        || error.downcast_ref().is_some_and(BridgeError::is_usage)
        || error.downcast_ref().is_some_and(|error| matches!(error, ImportFileError::OtherRoom { .. }))
        || error
            .downcast_ref()
            .is_some_and(|error| matches!(error, ExportError::UnknownRoom { .. } | ExportError::Classic { .. }))
}

fn serve(options: &Serve) -> anyhow::Result<()> {
    let settings = options.settings()?;
    data_dir::check(&options.data_dir, Owner::Relay)?;
    data_dir::check_apart(&options.data_dir, &options.app)?;
    logging::start(options.log, &options.log_level)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("expected the system to give threads")?;
    let served = runtime.block_on(serve_async(options, settings));
    // What is committed is committed; a thread that still reads a chain for someone is not waited for.
    runtime.shutdown_background();
    served
}

async fn serve_async(options: &Serve, settings: Settings) -> anyhow::Result<()> {
    // From here on signals are ours, so that none is lost while the store is read.
    let signals = Signals::new().context("expected to be told of signals")?;
    // The address first: it is the more likely mistake, and costs nothing.
    let listener = server::listen(&options.listen).await?;
    let address = listener.local_addr().context("expected a listener to have an address")?;
    let (relay, rooms) = open(options, Settings { listens_on: address, ..settings }).await?;
    for room in relay.rooms() {
        info!(room = %room.params().room, network = %room.params().network(), height = %room.height(), "room open");
    }
    let reached = relay.reached();
    info!(
        reach = reached.reach.word(),
        because = reached.why,
        own_node = if relay.own_node_is_on() { "on" } else { "off" },
        fetch = relay.fetch_policy().word(),
        "how far this relay can be reached"
    );
    info!(
        kept_in = %options.data_dir.join(STORE_FILE).display(),
        back_up = format!("relay wallet words --data-dir {}", quoted(&options.data_dir)),
        "the key of this relay's own node, to be backed up while the relay is stopped"
    );
    if !relay.has_app() {
        warn!(folder = %options.app.display(), "the app is not built; the page says how");
    }
    match output::line(format_args!("listening on http://{address}")) {
        // Whoever started it need not read what it says.
        Err(error) if !output::is_reader_gone(&error) => {
            return Err(error).context("expected standard output to take a line");
        }
        _ => {}
    }
    server::run(listener, relay, rooms, signals.first()).await;
    Ok(())
}

async fn open(options: &Serve, settings: Settings) -> anyhow::Result<(Arc<Relay>, RoomTasks)> {
    let folder = options.data_dir.clone();
    let opening = tokio::task::spawn_blocking(move || {
        info!(folder = %folder.display(), "opening the store");
        let store = Store::open(FileDisk::in_folder(&folder))?;
        anyhow::Ok(Relay::open(store, settings)?)
    });
    opening.await.context("opening the store")?
}

fn bridge(options: config::Bridge) -> anyhow::Result<()> {
    logging::start(options.log, &options.log_level)?;
    data_dir::check(&options.data_dir, Owner::Member)?;
    let _held = member::hold(&options.data_dir)?;
    let bridge = Bridge {
        relay: options.relay,
        node: options.node,
        seed: member::seed_in(&options.data_dir)?,
        name: options.name,
        is_open: options.open,
    };
    // One socket and one node beside it: one thread is plenty.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("expected the system to give threads")?;
    runtime.block_on(async {
        let mut signals = Signals::new().context("expected to be told of signals")?;
        tokio::select! {
            ended = bridge.run() => Ok(ended?),
            () = signals.next() => Ok(()),
        }
    })
}

fn mine(options: config::Mine) -> anyhow::Result<()> {
    logging::start(options.log, &options.log_level)?;
    data_dir::check(&options.data_dir, Owner::Member)?;
    let _held = member::hold(&options.data_dir)?;
    let mine = Mine {
        relay: options.relay,
        room: options.room,
        threads: options.threads.unwrap_or_else(Threads::one_a_core),
        throttle: options.throttle,
        seed: member::seed_in(&options.data_dir)?,
        kept_in: options.data_dir,
        payout: options.payout,
        name: options.name,
        blocks: options.blocks,
    };
    // One for the member, one for what is said of it and for signals; the search has threads of its own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("expected the system to give threads")?;
    let mined = runtime.block_on(async {
        let mut signals = Signals::new().context("expected to be told of signals")?;
        Ok(mine.run(signals.next()).await?)
    });
    // The member may be verifying; nothing that it has is lost.
    runtime.shutdown_background();
    mined
}

fn write_chain(options: &Export) -> anyhow::Result<()> {
    if let Some(path) = &options.output {
        refuse_own_files(path, &options.data_dir)?;
    }
    let store = match Store::open(FileDisk::existing(&options.data_dir)) {
        Err(error @ StoreError::Locked { .. }) => {
            let advice = "expected a relay that is stopped; a running one is asked by \
                          curl 'http://HOST:PORT/api/v1/rooms/ROOM/chain?format=json'";
            return Err(anyhow::Error::new(error).context(advice));
        }
        other => other?,
    };
    let (room, format) = (&options.room, options.format);
    let height = match &options.output {
        Some(path) => whole_file::write(path, |file| Ok(export(store, room, format, file)?))?,
        None => export(store, room, format, output::stdout())?,
    };
    output::remark(format_args!("room {room}: the chain up to height {height}"));
    Ok(())
}

/// An export must not take the place of the store or the key that it is made from.
fn refuse_own_files(path: &Path, data_dir: &Path) -> anyhow::Result<()> {
    let is_same = |own: &str| {
        path.canonicalize().is_ok_and(|path| data_dir.join(own).canonicalize().is_ok_and(|own| path == own))
    };
    anyhow::ensure!(
        !is_same(STORE_FILE) && !is_same(member::SEED_FILE),
        "expected another file to write, found {}, which holds the node's own data",
        path.display()
    );
    Ok(())
}

fn read_chain(options: &Import) -> anyhow::Result<()> {
    data_dir::check(&options.data_dir, Owner::Relay)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("expected the system to give threads")?;
    let progress = |blocks: u64, percent| {
        output::remark(format_args!("{} verified, {percent} % of the file", counted(blocks, "block")));
    };
    let imported = runtime.block_on(import(&options.file, &options.data_dir, options.room.as_ref(), progress));
    let summary = imported.map_err(|error| match error {
        locked @ ImportFileError::Store(StoreError::Locked { .. }) => {
            anyhow::Error::new(locked).context("expected the relay to be stopped")
        }
        other => other.into(),
    })?;
    if summary.is_new_store {
        output::line(format_args!("made a new store in {}", options.data_dir.display()))?;
    }
    Ok(output::line(summary)?)
}
