//! The driver of an engine, and with it every browser it starts.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::engine::{Engine, firefox};
use crate::failure::Failure;
use crate::process_group::{Lines, ProcessGroup};

/// A driver starts within milliseconds; a busy machine may take this long.
pub(crate) const START: Duration = Duration::from_secs(30);
/// How often it is started until it stays.
const TRIES_MAX: u32 = 4;

/// A driver, ready for sessions.
#[derive(Debug)]
pub(crate) struct Driver {
    group: ProcessGroup,
    address: String,
    console: Arc<Mutex<Vec<String>>>,
}

/// Where a driver that was just started listens, and what it says from now on.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) port: u16,
    pub(crate) lines: Lines,
}

impl Driver {
    /// Starts a driver on a free port. Another program may take the port first, be it of IPv6; so it is started again.
    pub(crate) async fn start(engine: Engine, profile: &Path) -> Result<Self, Failure> {
        let mut tries = 1;
        loop {
            match Self::try_start(engine, profile).await {
                Err(_) if tries < TRIES_MAX => tries += 1,
                ended => return ended,
            }
        }
    }

    async fn try_start(engine: Engine, profile: &Path) -> Result<Self, Failure> {
        let mut group = ProcessGroup::default();
        let started = engine.start_driver(&mut group, profile).await?;
        let console = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&console);
        started.lines.hand_on(move |line| {
            if let Some(line) = firefox::console_line(&line).filter(|_| engine == Engine::Firefox) {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Ok(Self { group, address: format!("http://127.0.0.1:{}", started.port), console })
    }

    /// Stops all its browsers, and itself, where they stand.
    pub(crate) fn suspend(&self) -> Result<(), Failure> {
        self.group.suspend()
    }

    /// Lets them go on.
    pub(crate) fn wake(&self) -> Result<(), Failure> {
        self.group.wake()
    }

    /// Returns the address it takes commands at.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Takes the lines of the console that came with its output.
    pub(crate) fn take_console(&self) -> Vec<String> {
        std::mem::take(&mut *self.console.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
