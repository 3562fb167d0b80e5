//! Tabcoin's relay: one program that serves the app to browsers, and verifies, stores and forwards the chains of their
//! tabs.
//!
//! A connection comes in at [`server`], is bounded by [`limits`] and [`guard`], and asks for a file of the [app](assets),
//! for [`rest`](server) data, for something of a node, or for a [WebSocket](socket). What is asked of a node is answered by
//! the relay's [`own`] node, or handed to the member's [tab](tabs). A WebSocket becomes a [`session`], which carries messages
//! between one member and its [`room`], and those requests. The room's node decides everything; what it wants kept goes
//! to the [`store`], and only what is on disk is acknowledged or forwarded.
//!
//! Two subcommands are no relay but a [member] of one's room: [`bridge`] and [`mine`]. What mines, here and there, is
//! the [`search`]. The keys that all of them keep are shown, restored and spent from by the [`wallet`]; [`import`] and
//! [`export`] move chains in and out of a store whose relay is stopped.
//!
//! Nothing here knows a rule of the currency: those are in `shared`.

#![warn(clippy::print_stdout, clippy::print_stderr, reason = "they panic where nobody reads; `output` does not")]

mod accept;
mod asker;
pub mod assets;
mod authority;
pub mod base_path;
mod body;
pub mod bridge;
pub mod budget;
mod client;
pub mod clock;
pub mod config;
mod confirm;
pub mod data_dir;
mod door;
pub mod export;
pub mod fetch;
pub mod forwarded;
pub mod guard;
mod help;
pub mod hosts;
pub mod import;
pub mod limits;
mod linger;
pub mod logging;
pub mod member;
pub mod mine;
mod navigation;
mod number;
mod openapi;
mod origin;
pub mod outbox;
pub mod output;
pub mod own;
pub mod pace;
pub mod reach;
mod refusal;
pub mod relay;
mod rest;
pub mod room;
pub mod search;
pub mod security;
mod segment;
pub mod server;
pub mod session;
pub mod signals;
pub mod socket;
pub mod store;
pub mod tabs;
mod unknown;
mod unopened;
mod unreserved;
pub mod verify;
mod visitors;
pub mod wallet;
