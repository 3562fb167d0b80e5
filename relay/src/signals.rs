//! How the system asks this process to end: SIGTERM and SIGINT, and on Windows Ctrl-C, Ctrl-Break, a closed console and the
//! end of the machine.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{self, CtrlBreak, CtrlC, CtrlClose, CtrlShutdown};
use tracing::warn;

/// The requests to end. From when it is made, none of them ends the process by itself.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(windows)]
    interrupt: CtrlC,
    #[cfg(windows)]
    stop: CtrlBreak,
    #[cfg(windows)]
    close: CtrlClose,
    #[cfg(windows)]
    shutdown: CtrlShutdown,
}

impl Signals {
    /// Takes the signals over.
    ///
    /// # Errors
    /// When the system does not allow it.
    #[cfg(unix)]
    pub fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Takes the signals over.
    ///
    /// # Errors
    /// When the system does not allow it.
    #[cfg(windows)]
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: windows::ctrl_c()?,
            stop: windows::ctrl_break()?,
            close: windows::ctrl_close()?,
            shutdown: windows::ctrl_shutdown()?,
        })
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Waits for the next one.
    #[cfg(windows)]
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.stop.recv() => {}
            _ = self.close.recv() => {}
            _ = self.shutdown.recv() => {}
        }
    }

    /// Is ready at the first one; the second ends the process.
    pub async fn first(mut self) {
        self.next().await;
        tokio::spawn(async move {
            self.next().await;
            warn!("stopped at once by a second signal");
            std::process::exit(1);
        });
    }
}
