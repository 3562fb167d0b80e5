//! The store on a disk that crashes at every write, tears pages, flips bits, is full, or fails to sync.

#[path = "../common/mod.rs"]
mod common;

mod crashes;
mod faults;
mod flips;
mod relays;
mod returned;
mod simulated;
mod versions;
mod workload;
