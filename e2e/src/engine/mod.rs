//! The engines that browsers are built on. A test asks for a [`Browser`](crate::Browser) and does not know which it is.
//!
//! Each engine has a file that starts its driver and says what a session is asked for. What only one engine can do is no
//! part of this: a test of it is in a module `chromium` and is not run elsewhere.

mod chromium;
pub(crate) mod firefox;
mod webkit;

use std::path::Path;

use fantoccini::Client;
use serde_json::{Map, Value};

use crate::driver::Started;
use crate::failure::Failure;
use crate::given;
use crate::process_group::ProcessGroup;

/// As large as a window is, with its bars, so that a page is seen as on a small computer.
const WINDOW: (u32, u32) = (1280, 980);

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chrome's and Edge's.
    Chromium,
    /// Firefox's.
    Firefox,
    /// Safari's, here WebKitGTK in the small browser it comes with.
    Webkit,
}

impl Engine {
    /// Every engine.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// Returns the engine that the tests are run in.
    pub fn given() -> Result<Self, Failure> {
        let name = given::engine();
        let found = Self::ALL.into_iter().find(|engine| name.as_deref().is_none_or(|name| engine.name() == name));
        found.ok_or_else(|| Failure::setup(format!("no engine is called {:?}", name.unwrap_or_default())))
    }

    /// Returns the name it is chosen by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// Tells whether its driver tells what pages write to the console. WebKit's does not.
    pub fn tells_the_console(self) -> bool {
        self != Self::Webkit
    }

    /// Starts the driver.
    pub(crate) async fn start_driver(self, group: &mut ProcessGroup, profile: &Path) -> Result<Started, Failure> {
        match self {
            Self::Chromium => chromium::start_driver(group).await,
            Self::Firefox => firefox::start_driver(group, profile).await,
            Self::Webkit => webkit::start_driver(group, profile).await,
        }
    }

    /// Returns what a session is asked for.
    pub(crate) fn capabilities(self, profile: &Path, arguments: &[&str]) -> Result<Map<String, Value>, Failure> {
        match self {
            Self::Chromium => chromium::capabilities(profile, arguments),
            _ if !arguments.is_empty() => Err(self.lacks("arguments of Chromium")),
            Self::Firefox => firefox::capabilities(),
            Self::Webkit => Ok(Map::new()),
        }
    }

    /// Gives the window the size that pages are tested at, where the engine was not started with it.
    pub(crate) async fn fit_window(self, client: &Client) -> Result<(), Failure> {
        if self == Self::Webkit {
            let (width, height) = WINDOW;
            client.set_window_rect(0, 0, width, height).await?;
        }
        Ok(())
    }

    /// The failure of a test that asks this engine for something it does not have.
    pub(crate) fn lacks(self, what: &str) -> Failure {
        Failure::setup(format!("{} has no {what}: the test belongs into a module `chromium`", self.name()))
    }
}
