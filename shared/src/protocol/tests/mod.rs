//! The protocol as its users meet it: whole nodes on a network in memory, with a clock that jumps.

mod ahead;
mod chaos;
mod claims;
mod classic;
mod clocks;
mod exchange;
mod gauge;
mod golden;
mod import;
mod misbehaviour;
mod network;
mod payments;
mod presync;
mod room;
mod roster;
mod story;
mod stranger;
mod unstored;
