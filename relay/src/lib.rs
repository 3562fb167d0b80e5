//! Tabcoin's relay: one program that serves the app to browsers, and verifies, stores and forwards the chains of their
//! tabs.
//!
//! A connection comes in at [`server`], is bounded by [`limits`] and [`guard`], and asks for a file of the [app](assets),
//! for [`rest`](server) data, or for a [WebSocket](socket). A WebSocket becomes a [`session`], which carries messages
//! between one member and its [`room`]. The room's node decides everything; what it wants kept goes to the [`store`], and
//! only what is on disk is acknowledged or forwarded.
//!
//! Nothing here knows a rule of the currency: those are in `shared`.

pub mod assets;
pub mod clock;
pub mod config;
pub mod export;
pub mod forwarded;
pub mod guard;
pub mod limits;
pub mod logging;
pub mod outbox;
mod refusal;
pub mod relay;
mod rest;
pub mod room;
pub mod security;
pub mod server;
pub mod session;
pub mod socket;
pub mod store;
