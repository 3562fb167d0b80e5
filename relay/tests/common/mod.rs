//! A real relay on a free port, and small clients for it.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part of this")]

pub mod disk;
pub mod http;
pub mod miner;
pub mod process;
pub mod socket;
pub mod tab;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use relay::relay::{Relay, Settings};
use relay::server;
use relay::store::{Disk, FileDisk, Store};
use shared::testing::easy_params;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Longer than anything here takes, also on a machine that is busy with something else.
pub const SOON: Duration = Duration::from_secs(30);

/// A relay that runs within the test.
pub struct TestRelay {
    pub address: SocketAddr,
    pub relay: Arc<Relay>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Settings with easy parameters and no app.
pub fn settings() -> Settings {
    Settings { params: Some(easy_params()), app: "/nonexistent".into(), ..Settings::default() }
}

impl TestRelay {
    pub async fn start(folder: &Path, settings: Settings) -> Self {
        Self::start_on(FileDisk::in_folder(folder), settings).await
    }

    pub async fn start_on(disk: impl Disk, settings: Settings) -> Self {
        let listener = server::listen("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let settings = Settings { listens_on: address, ..settings };
        let opening = tokio::task::spawn_blocking(move || {
            let store = Store::open(disk).expect("a store");
            Relay::open(store, settings).expect("a relay")
        });
        let (relay, rooms) = opening.await.expect("opened");
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let task = tokio::spawn(server::run(listener, Arc::clone(&relay), rooms, shutdown));
        Self { address, relay, stop, task }
    }

    /// Stops the relay and waits until its store is closed.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.expect("the relay ends");
        let mut relay = self.relay;
        let deadline = tokio::time::Instant::now() + SOON;
        // Connections that were dropped may hold it for a moment.
        while let Err(held) = Arc::try_unwrap(relay).map(drop) {
            assert!(tokio::time::Instant::now() < deadline, "something holds the relay");
            relay = held;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
