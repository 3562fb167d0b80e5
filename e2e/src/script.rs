//! A program beside the relay: the tutorial's Python node, a bridge, newman, schemathesis.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::failure::Failure;
use crate::wait::wait_until;
use crate::{Relay, given};

/// How long a program may take to be ready.
const START: Duration = Duration::from_secs(30);

/// A plain node of the tutorial, in Python, which knows nothing of us. Dropping it ends it.
#[derive(Debug)]
pub struct PythonNode {
    _child: Child,
    url: String,
}

impl PythonNode {
    /// Starts one on a free port of this machine.
    pub async fn start() -> Result<Self, Failure> {
        let port = free_port().await?;
        let script = given::tools().join("tutorial/node.py");
        let mut command = Command::new(given::tutorial_python()?);
        command.arg(script).arg(port.to_string()).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let child = command.spawn()?;
        let listens = async || Ok(TcpStream::connect(("127.0.0.1", port)).await.is_ok());
        wait_until("the Python node to listen", START, listens, |listens| *listens).await?;
        Ok(Self { _child: child, url: format!("http://127.0.0.1:{port}") })
    }

    /// Returns its address, such as `http://127.0.0.1:5002`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the address of one of its routes.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

/// A `relay bridge`. Dropping it ends it.
#[derive(Debug)]
pub struct Bridge {
    child: Child,
    /// What it printed of itself: where the node is reached now.
    pub said: String,
}

impl Bridge {
    /// Joins a Python node to a relay's classic room.
    pub async fn start(relay: &Relay, node: &PythonNode, data: &Path, options: &[&str]) -> Result<Self, Failure> {
        let mut command = Command::new(given::relay()?);
        command.args(["bridge", "--relay", relay.url(), "--node", node.url(), "--data-dir"]).arg(data).args(options);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or_else(|| Failure::setup("the bridge has no output"))?;
        let mut lines = BufReader::new(output).lines();
        let said = tokio::time::timeout(START, lines.next_line())
            .await
            .map_err(|_| Failure::setup(format!("the bridge was not ready in {START:?}")))??;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, said: said.ok_or_else(|| Failure::setup("the bridge ended at once"))? })
    }

    /// Ends it as a closed laptop does.
    pub async fn kill(&mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }
}

/// Runs a program to its end; what it wrote is the failure if it fails.
pub async fn run(command: &mut Command) -> Result<String, Failure> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(said) } else { Err(Failure::setup(format!("{}\n{said}", output.status))) }
}

/// A port that nobody listens on just now.
async fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}
