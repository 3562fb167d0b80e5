//! Drives the real app in a real browser against a real relay.
//!
//! This is the harness: [`Relay`] is a relay process, [`Browser`] is a browser of its own, Chromium, Firefox or WebKit, a [`Tab`] is one node of the
//! network, seen as a person sees it: buttons and fields by their names, values by their test ids. [`Peer`] is a
//! WebSocket that may say anything at all. The tests are in `tests/`; `cargo xtask test --only browser` builds what they
//! need and runs them.

pub mod app;
pub mod archive;
pub mod browser;
pub mod curl;
pub mod devtools;
pub mod engine;
pub mod failure;
pub mod filter;
pub mod given;
pub mod hardship;
pub mod load;
pub mod page;
pub mod peer;
pub mod proxy;
pub mod relay;
pub mod script;
pub mod tab;
pub mod wait;
pub mod wallet;

mod command;
mod driver;
mod process_group;

pub use app::AppWith;
pub use archive::Archive;
pub use browser::Browser;
pub use curl::Curl;
pub use devtools::{Scheme, View};
pub use engine::Engine;
pub use failure::Failure;
pub use filter::{Filter, Verdict};
pub use peer::Peer;
pub use proxy::Proxy;
pub use relay::Relay;
pub use script::{Bridge, PythonNode};
pub use tab::Tab;
pub use wait::wait_until;
pub use wallet::open_with_a_reward;
