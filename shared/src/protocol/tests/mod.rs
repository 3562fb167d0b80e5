//! The protocol as its users meet it: whole nodes on a network in memory, with a clock that jumps.

mod golden;
mod misbehaviour;
mod network;
mod room;
mod story;
