//! The simulator: whole networks of real nodes, tabs and relays, in virtual time, with everything going wrong.
//!
//! A run follows from its seed, byte for byte, natively and in WebAssembly, so whatever it finds can be looked at again.
//! What a run is made of: [`time`], [`dice`], [`clock`], [`disk`] and [`trace`].

pub mod clock;
pub mod dice;
pub mod disk;
pub mod time;
pub mod trace;
