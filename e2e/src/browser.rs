//! A Chromium with a fresh profile: as far as the app can tell, one person's browser.

use std::sync::Arc;

use fantoccini::wd::WindowHandle;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::failure::Failure;
use crate::tab::Tab;
use crate::{command, driver::Driver, given};

/// How Chromium is started: without a screen, and silent towards the network. Without a sandbox, because tests may run as
/// root, where there is none.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
];

/// The browser. Dropping the last handle on it and its tabs ends it.
#[derive(Clone, Debug)]
pub struct Browser {
    session: Arc<Session>,
}

/// The fields are dropped in this order: first the processes, then the profile they write.
#[derive(Debug)]
pub(crate) struct Session {
    /// One command at a time, because each is for the window that was switched to last.
    client: Mutex<Client>,
    driver: Driver,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser.
    pub async fn start() -> Result<Self, Failure> {
        Self::start_with(&[]).await
    }

    /// Starts a browser with arguments besides the usual ones.
    pub async fn start_with(more: &[&str]) -> Result<Self, Failure> {
        let profile = tempfile::tempdir()?;
        let driver = Driver::start().await?;
        let mut arguments: Vec<String> = ARGUMENTS.iter().chain(more).map(|&argument| argument.to_owned()).collect();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let mut capabilities = Map::new();
        capabilities.insert("goog:chromeOptions".into(), json!({ "binary": given::chrome()?, "args": arguments }));
        capabilities.insert("goog:loggingPrefs".into(), json!({ "browser": "ALL" }));
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(driver.address()).await?;
        Ok(Self { session: Arc::new(Session { client: Mutex::new(client), driver, _profile: profile }) })
    }

    /// Opens an address in a new tab.
    pub async fn open(&self, url: &str) -> Result<Tab, Failure> {
        let handle = {
            let client = self.session.client.lock().await;
            client.new_window(true).await?.handle
        };
        let tab = Tab::new(Arc::clone(&self.session), handle);
        tab.goto(url).await?;
        Ok(tab)
    }

    /// Returns all its tabs, those included that a page opened.
    pub async fn tabs(&self) -> Result<Vec<Tab>, Failure> {
        let windows = self.session.client.lock().await.windows().await?;
        Ok(windows.into_iter().map(|window| Tab::new(Arc::clone(&self.session), window)).collect())
    }

    /// Stops the whole browser where it stands, as a computer does that is suspended, until [`wake`](Self::wake).
    pub fn suspend(&self) -> Result<(), Failure> {
        self.session.driver.suspend()
    }

    /// Lets a suspended browser go on.
    pub fn wake(&self) -> Result<(), Failure> {
        self.session.driver.wake()
    }

    /// Takes what the tabs have written to the console since the last call, one line each, as `LEVEL text`.
    ///
    /// Chromium writes refusals of the content security policy and uncaught errors there, with the level `SEVERE`.
    pub async fn console(&self) -> Result<Vec<String>, Failure> {
        let client = self.session.client.lock().await;
        let lines = command::console(&client).await?;
        let word = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
        Ok(lines.iter().map(|line| format!("{} {}", word(line, "level"), word(line, "message"))).collect())
    }
}

impl Session {
    /// Runs commands in one window; no other window's come between.
    pub(crate) async fn within<T>(
        &self,
        window: &WindowHandle,
        commands: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let client = self.client.lock().await;
        client.switch_to_window(window.clone()).await?;
        commands(&client).await
    }
}
