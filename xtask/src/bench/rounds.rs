//! A program that measures one round for each line it is sent, and answers with a line of JSON.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command;

/// How long a program may take to end.
const ENDING: Duration = Duration::from_secs(10);

/// One measurement of one thing.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) per_second: f64,
}

/// The program, waiting for the next round. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Rounds {
    child: Child,
    /// `None` while it is being ended.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    name: String,
}

impl Rounds {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let name = command::shown(command);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.with_context(|| format!("cannot start `{name}`"))?;
        let input = Some(child.stdin.take().context("its input was asked for")?);
        let output = BufReader::new(child.stdout.take().context("its output was asked for")?);
        Ok(Self { child, input, output, name })
    }

    /// Measures one round.
    pub(crate) fn next(&mut self) -> Result<Vec<Sample>> {
        self.next_of("")
    }

    /// Measures a part of one round, of a program that knows parts.
    pub(crate) fn next_of(&mut self, part: &str) -> Result<Vec<Sample>> {
        let mut line = String::new();
        let input = self.input.as_mut().context("it is being ended")?;
        writeln!(input, "{part}").and_then(|()| input.flush()).with_context(|| format!("`{}` has ended", self.name))?;
        self.output.read_line(&mut line)?;
        serde_json::from_str(&line).with_context(|| format!("`{}` answered {line:?}", self.name))
    }
}

impl Drop for Rounds {
    fn drop(&mut self) {
        // Without lines to read it ends by itself, and takes with it what it started: a browser, a relay.
        self.input.take();
        let began = Instant::now();
        while began.elapsed() < ENDING && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
