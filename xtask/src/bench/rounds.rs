//! A program that measures one round for each line it is sent, and answers with a line of JSON.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command;

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
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    name: String,
}

impl Rounds {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let name = command::shown(command);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.with_context(|| format!("cannot start `{name}`"))?;
        let input = child.stdin.take().context("its input was asked for")?;
        let output = BufReader::new(child.stdout.take().context("its output was asked for")?);
        Ok(Self { child, input, output, name })
    }

    /// Measures one round.
    pub(crate) fn next(&mut self) -> Result<Vec<Sample>> {
        let mut line = String::new();
        writeln!(self.input).and_then(|()| self.input.flush()).with_context(|| format!("`{}` has ended", self.name))?;
        self.output.read_line(&mut line)?;
        serde_json::from_str(&line).with_context(|| format!("`{}` answered {line:?}", self.name))
    }
}

impl Drop for Rounds {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
