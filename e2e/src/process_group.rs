//! Processes that end together: a driver, the browsers it starts, and the screen they show on.
//!
//! The first process that is spawned leads a process group; those after it and all their children join it. When a test
//! ends, however it ends, the whole group is ended: a driver that only dies leaves its browsers running.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, test_kill_process_group, waitpgid};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};

use crate::driver::START;
use crate::failure::Failure;

/// A killed group is gone within milliseconds.
const END: Duration = Duration::from_secs(5);

/// The group.
#[derive(Debug, Default)]
pub(crate) struct ProcessGroup {
    leader: Option<Pid>,
    children: Vec<Child>,
}

/// What a process of the group, and those it starts, write to output and errors.
#[derive(Debug)]
pub(crate) struct Lines {
    program: PathBuf,
    lines: tokio::io::Lines<BufReader<pipe::Receiver>>,
}

impl ProcessGroup {
    /// Starts a process in the group.
    pub(crate) fn spawn(&mut self, mut command: Command) -> Result<Lines, Failure> {
        // Whose parent has ended becomes a child of this process, which then clears it away; not every first process of a
        // container does, and a group is there for as long as one of it is not cleared away.
        #[cfg(target_os = "linux")]
        rustix::process::set_child_subreaper(Some(rustix::process::getpid())).map_err(std::io::Error::from)?;
        let program = PathBuf::from(command.as_std().get_program());
        let (output, end) = std::io::pipe()?;
        command.stdin(Stdio::null()).stdout(end.try_clone()?).stderr(end);
        command.process_group(self.leader.map_or(0, |leader| leader.as_raw_nonzero().get()));
        let child = command.spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let output = pipe::Receiver::from_owned_fd(output.into())?;
        self.leader = self.leader.or(id);
        self.children.push(child);
        Ok(Lines { program, lines: BufReader::new(output).lines() })
    }

    /// Stops all of it where it stands.
    pub(crate) fn suspend(&self) -> Result<(), Failure> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on.
    pub(crate) fn wake(&self) -> Result<(), Failure> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<(), Failure> {
        let leader = self.leader.ok_or_else(|| Failure::setup("nothing was started"))?;
        Ok(kill_process_group(leader, signal).map_err(std::io::Error::from)?)
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        let Some(leader) = self.leader else { return };
        // An error means that the group is gone, which is what is wanted.
        let _ = kill_process_group(leader, Signal::KILL);
        let deadline = Instant::now() + END;
        while test_kill_process_group(leader).is_ok() && Instant::now() < deadline {
            while let Ok(Some(_)) = waitpgid(leader, WaitOptions::NOHANG) {}
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Lines {
    /// Reads until a line has what is looked for, and returns both.
    pub(crate) async fn until<T>(mut self, found_in: impl Fn(&str) -> Option<T>) -> Result<(Self, T), Failure> {
        let look = async {
            while let Some(line) = self.lines.next_line().await? {
                if let Some(found) = found_in(&line) {
                    return Ok(found);
                }
            }
            Err(Failure::setup(format!("{} ended without saying where it is", self.program.display())))
        };
        let found = tokio::time::timeout(START, look).await;
        let late = || Failure::setup(format!("{} did not say where it is in {START:?}", self.program.display()));
        let found = found.map_err(|_| late())??;
        Ok((self, found))
    }

    /// Hands on each line from now on. They are read whatever becomes of them, or the process would stop at a full pipe.
    pub(crate) fn hand_on(mut self, mut each: impl FnMut(String) + Send + 'static) {
        tokio::spawn(async move {
            while let Ok(Some(line)) = self.lines.next_line().await {
                each(line);
            }
        });
    }

    /// Reads and drops them.
    pub(crate) fn drop_all(self) {
        self.hand_on(drop);
    }
}
