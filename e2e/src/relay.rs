//! A relay process, which a test may kill and start again.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use shared::testing::easy_params;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::failure::Failure;
use crate::given;

/// A relay starts within a second; a busy machine may take this long.
const START: Duration = Duration::from_secs(30);
/// How long it may take to close its connections and its store.
const STOP: Duration = Duration::from_secs(15);

/// The lines that a relay logs.
type Log = Arc<Mutex<Vec<String>>>;

/// The process. Dropping it kills it.
#[derive(Debug)]
pub struct Relay {
    child: Child,
    address: String,
    log: Log,
    options: Vec<String>,
    app: PathBuf,
    data: TempDir,
    /// By how much `faketime` moves its clock, if at all.
    clock: Option<String>,
}

impl Relay {
    /// Starts a relay on a free port, with an empty store and the app given to the tests.
    pub async fn start() -> Result<Self, Failure> {
        Self::start_with(None, &[]).await
    }

    /// Starts a relay of an easy network, so that blocks cost nothing, with more options.
    pub async fn start_easy(options: &[&str]) -> Result<Self, Failure> {
        let params = serde_json::to_string(&easy_params()).map_err(|error| Failure::setup(error.to_string()))?;
        Self::start_with(Some(&params), options).await
    }

    /// Starts a relay on a free port, with the parameters of its room, if any, as JSON, and more options.
    pub async fn start_with(params: Option<&str>, options: &[&str]) -> Result<Self, Failure> {
        Self::start_serving(&given::app()?, params, options).await
    }

    /// The same with another app.
    pub async fn start_serving(app: &Path, params: Option<&str>, options: &[&str]) -> Result<Self, Failure> {
        let data = tempfile::tempdir()?;
        let mut options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        if let Some(params) = params {
            let file = data.path().join("params.json");
            tokio::fs::write(&file, params).await?;
            options.extend(["--params".to_owned(), file.display().to_string()]);
        }
        Self::first(data, app.to_owned(), options, None).await
    }

    /// Starts a relay like [`start_with`](Self::start_with) whose clock is moved by so much, as `faketime` writes it:
    /// "+1h".
    pub async fn start_by_clock(params: &str, clock: &str) -> Result<Self, Failure> {
        let data = tempfile::tempdir()?;
        let file = data.path().join("params.json");
        tokio::fs::write(&file, params).await?;
        let options = vec!["--params".to_owned(), file.display().to_string()];
        Self::first(data, given::app()?, options, Some(clock.to_owned())).await
    }

    async fn first(data: TempDir, app: PathBuf, options: Vec<String>, clock: Option<String>) -> Result<Self, Failure> {
        let log = Log::default();
        let (child, address) =
            launch("127.0.0.1:0", &app, &store(data.path()), &options, &log, clock.as_deref()).await?;
        Ok(Self { child, address, log, options, app, data, clock })
    }

    /// Moves its clock by so much, or not at all, when it is started again.
    pub fn set_clock(&mut self, clock: Option<&str>) {
        self.clock = clock.map(str::to_owned);
    }

    /// Starts a relay on a free port whose store and parameters were prepared: `prepare` is given the data directory and
    /// the file for the parameters, and fills both.
    pub async fn start_prepared(
        prepare: impl AsyncFnOnce(&Path, &Path) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let data = tempfile::tempdir()?;
        let params = data.path().join("params.json");
        prepare(&store(data.path()), &params).await?;
        let options = vec!["--params".to_owned(), params.display().to_string()];
        Self::first(data, given::app()?, options, None).await
    }

    /// Returns the address of the app, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.address
    }

    /// Returns the address of a page of the app.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Returns the host and the port where it listens.
    pub fn host(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    /// Returns the address of a room's WebSocket.
    pub fn socket(&self, room: &str) -> String {
        format!("{}/ws/{room}", self.address.replacen("http", "ws", 1))
    }

    /// Returns what it has logged, a line each.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the folder of its store.
    pub fn data(&self) -> PathBuf {
        store(self.data.path())
    }

    /// Kills it as a power cut would: nothing is flushed, nothing is closed.
    pub async fn kill(&mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(&mut self) -> Result<ExitStatus, Failure> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let id = id.ok_or_else(|| Failure::setup("the relay has ended already"))?;
        kill_process(id, Signal::TERM).map_err(std::io::Error::from)?;
        let ended = tokio::time::timeout(STOP, self.child.wait()).await;
        Ok(ended.map_err(|_| Failure::setup(format!("the relay did not stop in {STOP:?}")))??)
    }

    /// Ends it, and starts another relay where it was: an empty store, and so another id.
    pub async fn give_way(&mut self) -> Result<(), Failure> {
        self.kill().await?;
        tokio::fs::remove_dir_all(self.data()).await?;
        self.restart().await
    }

    /// Starts it again where it was, on the store it had.
    pub async fn restart(&mut self) -> Result<(), Failure> {
        let listen = self.address.trim_start_matches("http://").to_owned();
        let clock = self.clock.as_deref();
        let (child, address) = launch(&listen, &self.app, &self.data(), &self.options, &self.log, clock).await?;
        self.child = child;
        self.address = address;
        Ok(())
    }
}

fn store(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// The library of faketime, where Debian and its like have it.
fn faketime() -> Result<PathBuf, Failure> {
    let library = |folder: std::fs::DirEntry| folder.path().join("faketime/libfaketime.so.1");
    let mut libraries = std::fs::read_dir("/usr/lib")?.filter_map(Result::ok).map(library);
    let found = libraries.find(|library| library.exists());
    found.ok_or_else(|| Failure::setup("faketime is not installed (Debian: apt-get install faketime)"))
}

async fn launch(
    listen: &str,
    app: &Path,
    data: &Path,
    options: &[String],
    log: &Log,
    clock: Option<&str>,
) -> Result<(Child, String), Failure> {
    let program = given::relay()?;
    let mut command = Command::new(&program);
    command.args(["serve", "--listen", listen]).arg("--data-dir").arg(data).arg("--app").arg(app).args(options);
    if let Some(clock) = clock {
        // The program `faketime` itself would stay between a test's signals and the relay.
        command.env("LD_PRELOAD", faketime()?).env("FAKETIME", clock).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    if let Some(logged) = child.stderr.take() {
        let (mut lines, log) = (BufReader::new(logged).lines(), Arc::clone(log));
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                // What it logs goes with what the test prints, and so is shown when the test fails.
                eprintln!("{line}");
                log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
    }
    let output = child.stdout.take().ok_or_else(|| Failure::setup("the relay has no output"))?;
    let mut lines = BufReader::new(output).lines();
    let first = tokio::time::timeout(START, lines.next_line())
        .await
        .map_err(|_| Failure::setup(format!("{} was not ready in {START:?}", program.display())))??;
    let address = first.as_deref().and_then(|line| line.strip_prefix("listening on "));
    let address =
        address.ok_or_else(|| Failure::setup(format!("the relay did not start; it said {first:?}")))?.to_owned();
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((child, address))
}
