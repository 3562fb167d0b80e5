//! The simulator: whole networks of real nodes, tabs and relays, in virtual time, with everything going wrong.
//!
//! The nodes are [`shared::protocol::Node`]s, the very ones of the tab and the relay. What is simulated is what is around
//! them: the clock, the links, the disks, the processes, the people. A run follows from its [`plan::Plan`], byte for
//! byte, natively and in WebAssembly, so whatever it finds can be looked at again. Read in this order:
//!
//! 1. [`time`], [`dice`], [`clock`], [`disk`], [`trace`]: what a run is made of;
//! 2. [`plan`]: what is decided before it begins;
//! 3. [`world`]: hosts, links, and what happens between them;
//! 4. [`checker`]: what must hold after every event, and in the end;
//! 5. [`run`]: a run from its beginning to its end; [`shrink`]: what a failure takes; [`kept`]: failures of the past.

pub mod checker;
pub mod clock;
pub mod dice;
pub mod disk;
pub mod double_spend;
pub mod kept;
pub mod plan;
pub mod run;
pub mod selfish_mining;
pub mod shrink;
pub mod time;
pub mod trace;
pub mod world;
