//! The relay's process, and what it says of how far it is.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::common::SOON;
use crate::common::process::command;

/// What its log says when it begins to recover.
const OPENING: &str = "opening the store";

/// The process; killed when dropped.
pub(crate) struct Victim {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    log: String,
    opened: Option<Instant>,
}

impl Victim {
    /// Starts the relay on the store and with the parameters in this folder.
    pub(crate) fn start(folder: &Path) -> Self {
        let text = |name: &str| folder.join(name).to_str().expect("a path of text").to_owned();
        let (data, params) = (text("data"), text("params.json"));
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--app", "/nonexistent", "--log-level", "info"];
        let mut command = command(&arguments);
        command.args(["--data-dir", &data, "--params", &params]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let stdout = lines(child.stdout.take().expect("piped"));
        let stderr = lines(child.stderr.take().expect("piped"));
        Self { child, stdout, stderr, log: String::new(), opened: None }
    }

    /// Waits until it opens its store.
    pub(crate) fn opens(&mut self) {
        let deadline = Instant::now() + SOON;
        while self.opened.is_none() {
            match self.stderr.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.note(&line),
                Err(_) => panic!("the relay does not open its store:\n{}", self.log),
            }
        }
    }

    fn note(&mut self, line: &str) {
        if line.contains(OPENING) {
            self.opened = Some(Instant::now());
        }
        self.log.push_str(line);
        self.log.push('\n');
    }

    /// Waits until it listens; says where, and how long that took from the opening of the store.
    pub(crate) fn listens(&mut self) -> (SocketAddr, Duration) {
        self.opens();
        let line = self.stdout.recv_timeout(SOON);
        let took = self.opened.expect("it opens before").elapsed();
        let address = line.ok().and_then(|line| line.strip_prefix("listening on http://")?.parse().ok());
        let Some(address) = address else {
            let _ = self.child.kill();
            panic!("the relay does not start again:\n{}", self.all_logged());
        };
        (address, took)
    }

    /// Kills it; says whether it had said that it listens.
    pub(crate) fn kill(mut self) -> bool {
        self.child.kill().expect("it runs");
        self.child.wait().expect("a child");
        self.stdout.recv().is_ok()
    }

    /// Everything that it has logged. For when something is wrong with it, and it was killed.
    pub(crate) fn all_logged(&mut self) -> String {
        while let Ok(line) = self.stderr.recv_timeout(Duration::from_secs(1)) {
            self.note(&line);
        }
        std::mem::take(&mut self.log)
    }

    /// Whether it has ended by itself.
    pub(crate) fn check_alive(&mut self) {
        loop {
            match self.stderr.recv_timeout(Duration::ZERO) {
                Ok(line) => self.note(&line),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => panic!("the relay ended by itself:\n{}", self.log),
            }
        }
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
