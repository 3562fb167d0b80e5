//! A browser with a fresh profile: as far as the app can tell, one person's. Which engine it has, the environment says.

use std::sync::Arc;

use fantoccini::wd::WindowHandle;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::failure::Failure;
use crate::tab::Tab;
use crate::{command, driver::Driver, engine::Engine};

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
    engine: Engine,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser.
    pub async fn start() -> Result<Self, Failure> {
        Self::start_with(&[]).await
    }

    /// Starts a Chromium with arguments besides the usual ones.
    pub async fn start_with(arguments: &[&str]) -> Result<Self, Failure> {
        let engine = Engine::given()?;
        let profile = tempfile::tempdir()?;
        let capabilities = engine.capabilities(profile.path(), arguments)?;
        let driver = Driver::start(engine, profile.path()).await?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(driver.address()).await?;
        Ok(Self { session: Arc::new(Session { client: Mutex::new(client), driver, engine, _profile: profile }) })
    }

    /// Returns the engine it has.
    pub fn engine(&self) -> Engine {
        self.session.engine
    }

    /// Opens an address in a new tab.
    pub async fn open(&self, url: &str) -> Result<Tab, Failure> {
        let handle = {
            let client = self.session.client.lock().await;
            // WebKit leaves a tab behind the first one, whichever is looked at; a window is seen.
            let handle = client.new_window(self.engine() != Engine::Webkit).await?.handle;
            client.switch_to_window(handle.clone()).await?;
            self.session.engine.fit_window(&client).await?;
            handle
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
    /// Chromium writes refusals of the content security policy and uncaught errors there, with the level `SEVERE`; of
    /// Firefox only errors are told, and of WebKit nothing, so that a test must not ask.
    pub async fn console(&self) -> Result<Vec<String>, Failure> {
        match self.engine() {
            Engine::Chromium => {
                let client = self.session.client.lock().await;
                let lines = command::console(&client).await?;
                let word = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
                Ok(lines.iter().map(|line| format!("{} {}", word(line, "level"), word(line, "message"))).collect())
            }
            Engine::Firefox => Ok(self.session.driver.take_console()),
            engine @ Engine::Webkit => Err(engine.lacks("console that is told")),
        }
    }

    /// Fails when a page had an error that nobody caught, or wrote one to the console, unless it is one of these; and,
    /// in Chromium, when it broke the page's policy. In WebKit, which tells nobody, it looks at nothing.
    pub async fn assert_no_complaints(&self, expected: &[&str]) -> Result<(), Failure> {
        if !self.engine().tells_the_console() {
            return Ok(());
        }
        let lines = self.console().await?;
        let is_complaint =
            |line: &&String| line.starts_with("SEVERE") && !expected.iter().any(|words| line.contains(words));
        let complaints: Vec<_> = lines.iter().filter(is_complaint).collect();
        assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
        Ok(())
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
