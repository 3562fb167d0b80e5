//! A chromedriver process, and with it every browser it starts.
//!
//! It leads a process group of its own, which the browsers join. When a test ends, however it ends, the whole group is
//! ended: a driver that only dies leaves its browsers running.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::failure::Failure;
use crate::given;

/// Chromedriver starts within milliseconds; a busy machine may take this long.
const START: Duration = Duration::from_secs(30);
/// A killed group is gone within milliseconds.
const END: Duration = Duration::from_secs(5);
/// How often it is started until it stays.
const TRIES_MAX: u32 = 4;

/// The process.
#[derive(Debug)]
pub(crate) struct Driver {
    child: Child,
    group: Pid,
    address: String,
}

impl Driver {
    /// Starts a driver on a free port. It takes one of IPv4 that is free, and ends where another program has the same one
    /// of IPv6; so it is started again.
    pub(crate) async fn start() -> Result<Self, Failure> {
        let mut tries = 1;
        loop {
            match Self::try_start().await {
                Err(_) if tries < TRIES_MAX => tries += 1,
                ended => return ended,
            }
        }
    }

    async fn try_start() -> Result<Self, Failure> {
        let program = given::chromedriver()?;
        let mut command = Command::new(&program);
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null()).process_group(0);
        let mut child = command.spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let group = id.ok_or_else(|| Failure::setup("chromedriver ended at once"))?;
        let output = child.stdout.take().ok_or_else(|| Failure::setup("chromedriver has no output"))?;
        let mut driver = Self { child, group, address: String::new() };
        let mut lines = BufReader::new(output).lines();
        let port = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(port) = port_in(&line) {
                    return Ok(port);
                }
            }
            Err(Failure::setup(format!("{} ended without naming its port", program.display())))
        };
        let port = tokio::time::timeout(START, port)
            .await
            .map_err(|_| Failure::setup(format!("{} named no port in {START:?}", program.display())))??;
        driver.address = format!("http://127.0.0.1:{port}");
        // What it says later is read and dropped, or it would stop at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(driver)
    }

    /// Stops all its browsers, and itself, where they stand.
    pub(crate) fn suspend(&self) -> Result<(), Failure> {
        Ok(kill_process_group(self.group, Signal::STOP).map_err(std::io::Error::from)?)
    }

    /// Lets them go on.
    pub(crate) fn wake(&self) -> Result<(), Failure> {
        Ok(kill_process_group(self.group, Signal::CONT).map_err(std::io::Error::from)?)
    }

    /// Returns the address it takes commands at.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // An error means that the group is gone, which is what is wanted.
        let _ = kill_process_group(self.group, Signal::KILL);
        let deadline = Instant::now() + END;
        while test_kill_process_group(self.group).is_ok() && Instant::now() < deadline {
            let _ = self.child.try_wait();
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Reads the port out of `ChromeDriver was started successfully on port 38115.`
fn port_in(line: &str) -> Option<u16> {
    line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_the_drivers_greeting() {
        assert_eq!(port_in("ChromeDriver was started successfully on port 38115."), Some(38115));
        assert_eq!(port_in("Starting ChromeDriver 156.0 on port 0"), None);
    }
}
