//! The app: one wasm that plays every role in a browser tab.
//!
//! - **The page** draws a [`NodeView`](node::view::NodeView) and asks things of a [`NodeHandle`](node::NodeHandle). It
//!   knows no socket, no store and no key.
//! - **The node worker** ([`worker`]) runs `shared`'s node: it performs what the node puts out (sends, stores, mining
//!   jobs, events) and publishes snapshots to the page. One a tab.
//! - **The miner workers** (also [`worker`]) search for proofs in slices, so that they stop at once: one a core, and one
//!   more for the graphics card where it is wanted.
//!
//! The page and its workers share no memory. They exchange borsh bytes ([`worker::wire`]).

pub mod app;
pub mod arrival;
pub mod base;
pub mod components;
pub mod format;
pub mod hooks;
pub mod lesson;
pub mod node;
pub mod pages;
pub mod requests;
pub mod room;
pub mod route;
pub mod worker;
