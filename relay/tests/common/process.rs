//! The relay as a process of its own.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use shared::Params;
use shared::testing::easy_params;

use super::SOON;

/// A running relay; killed when dropped.
pub struct Process {
    pub address: SocketAddr,
    child: Child,
    /// Where its log goes.
    log: PathBuf,
}

/// The command for the relay's program.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relay"));
    command.args(arguments).env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// The same, with a clock that `faketime` moves by so much.
pub fn command_by_clock(arguments: &[&str], clock: Option<&str>) -> Command {
    let mut command = command(arguments);
    if let Some(clock) = clock {
        // The program `faketime` itself would stay between a test's signals and the relay.
        command.env("LD_PRELOAD", faketime()).env("FAKETIME", clock).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
    command
}

/// The library of faketime, where Debian and its like have it.
fn faketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").expect("a folder of libraries");
    let library = |folder: std::fs::DirEntry| folder.path().join("faketime/libfaketime.so.1");
    let mut libraries = folders.filter_map(Result::ok).map(library);
    libraries.find(|library| library.exists()).expect("Debian: apt-get install faketime")
}

/// Runs the program to its end.
pub fn run(arguments: &[&str]) -> std::process::Output {
    command(arguments).output().expect("it runs")
}

impl Process {
    /// Starts a relay with easy parameters and its store in this folder.
    pub fn start(folder: &Path) -> Self {
        Self::start_at(folder, "127.0.0.1:0")
    }

    /// The same on this address.
    pub fn start_at(folder: &Path, listen: &str) -> Self {
        Self::launch(folder, listen, &easy_params(), &[], None)
    }

    /// The same with a clock that `faketime` moves by so much.
    pub fn start_by_clock(folder: &Path, listen: &str, clock: &str) -> Self {
        Self::launch(folder, listen, &easy_params(), &[], Some(clock))
    }

    /// The same with other parameters, and more options.
    pub fn start_with(folder: &Path, network: &Params, more: &[&str]) -> Self {
        Self::launch(folder, "127.0.0.1:0", network, more, None)
    }

    fn launch(folder: &Path, listen: &str, network: &Params, more: &[&str], clock: Option<&str>) -> Self {
        let params = folder.join("params.json");
        std::fs::write(&params, serde_json::to_string(network).expect("JSON")).expect("written");
        let text = |path: &Path| path.to_str().expect("a path of text").to_owned();
        let data = text(&folder.join("data"));
        let log = folder.join("log");
        let stderr = File::options().create(true).append(true).open(&log).expect("a file");
        let arguments =
            ["serve", "--listen", listen, "--data-dir", &data, "--params", &text(&params), "--log-level", "warn"];
        let mut command = command_by_clock(&arguments, clock);
        let mut child = command.args(more).stdout(Stdio::piped()).stderr(stderr).spawn().expect("it starts");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = line.trim_end().strip_prefix("listening on http://").expect("the line");
        Self { address: address.parse().expect("an address"), child, log }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until its log says this.
    pub fn until_logged(&self, text: &str) {
        let deadline = Instant::now() + SOON;
        loop {
            let log = std::fs::read_to_string(&self.log).expect("text");
            if log.contains(text) {
                return;
            }
            assert!(Instant::now() < deadline, "{text:?} is not in {log}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("it runs");
    }

    /// Waits for its end; what else it printed on standard output must be nothing.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + SOON;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                let mut rest = String::new();
                let stdout = self.child.stdout.as_mut().expect("piped");
                stdout.read_to_string(&mut rest).expect("text");
                assert_eq!(rest, "");
                return status;
            }
            assert!(Instant::now() < deadline, "the relay does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
