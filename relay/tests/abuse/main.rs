//! Attacks on a running relay, over real sockets: what one laptop can do, at the scale at which it would. Each file is one
//! attack. The relay is a process of its own, so its memory is its own too.
//!
//! Addresses on loopback stand for addresses: 127.0.0.2 is another machine than 127.0.0.1.

#[path = "../common/mod.rs"]
mod common;

mod connections;
mod faults;
mod handshakes;
mod headers;
mod orphans;
mod reorganisation;
mod silent;
mod strangers;
mod unfinished;
mod wire;
