//! `relay mine` as a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::SOON;
use super::process::command_by_clock;

/// The lines that were printed so far.
type Lines = Arc<(Mutex<Vec<String>>, Condvar)>;

/// A running miner; killed when dropped.
pub struct Miner {
    child: Child,
    lines: Lines,
    reader: Option<JoinHandle<()>>,
}

impl Miner {
    /// Starts a miner in room `main` of a relay, with its key in this folder.
    pub fn start(relay: SocketAddr, folder: &Path, more: &[&str]) -> Self {
        Self::launch(relay, folder, more, None)
    }

    /// The same with a clock that `faketime` moves by so much.
    pub fn start_by_clock(relay: SocketAddr, folder: &Path, more: &[&str], clock: &str) -> Self {
        Self::launch(relay, folder, more, Some(clock))
    }

    fn launch(relay: SocketAddr, folder: &Path, more: &[&str], clock: Option<&str>) -> Self {
        let (url, folder) = (format!("http://{relay}"), folder.to_str().expect("a path of text"));
        let arguments = [&["mine", "--relay", &url, "--data-dir", folder], more].concat();
        let mut child = command_by_clock(&arguments, clock).stdout(Stdio::piped()).spawn().expect("it starts");
        let stdout = child.stdout.take().expect("piped");
        let lines = Lines::default();
        let kept = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                kept.0.lock().expect("no panic while it is held").push(line.expect("text"));
                kept.1.notify_all();
            }
        });
        Self { child, lines, reader: Some(reader) }
    }

    /// The lines that begin like this, so far.
    pub fn lines(&self, start: &str) -> Vec<String> {
        let lines = self.lines.0.lock().expect("no panic while it is held");
        lines.iter().filter(|line| line.starts_with(start)).cloned().collect()
    }

    /// Waits until so many lines begin like this; gives the last of them.
    pub fn until(&self, count: usize, start: &str) -> String {
        let lines = self.lines.0.lock().expect("no panic while it is held");
        let has = |lines: &mut Vec<String>| lines.iter().filter(|line| line.starts_with(start)).count() >= count;
        let (lines, waited) = self.lines.1.wait_timeout_while(lines, SOON, |lines| !has(lines)).expect("no panic");
        assert!(!waited.timed_out(), "the miner does not say {start:?} {count} times: {lines:?}");
        lines.iter().filter(|line| line.starts_with(start)).nth(count - 1).expect("it is there").clone()
    }

    /// The miner's id, as it says itself.
    pub fn id(&self) -> String {
        let joined = self.until(1, "joined ");
        let (_, rest) = joined.split_once('(').expect("the id in brackets");
        rest.split_once(')').expect("the id in brackets").0.to_owned()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Waits for its end, and for the last of its lines.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + SOON;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                self.reader.take().into_iter().for_each(|reader| reader.join().expect("the lines are text"));
                return status;
            }
            assert!(Instant::now() < deadline, "the miner does not end");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Miner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
