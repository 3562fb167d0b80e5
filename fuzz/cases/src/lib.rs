//! What the fuzz targets do with their input, one module a target. Each takes any bytes, and panics where a promise is
//! broken.
//!
//! libFuzzer calls them from `fuzz/targets`, in a workspace of its own that needs a nightly Rust. What it has found is
//! kept in `fuzz/corpus`, and the test beside this crate replays it with any Rust, so that a crash never comes back.

pub mod blocks;
pub mod chain_file;
pub mod classic_chain;
pub mod classic_json;
pub mod decode_block;
pub mod decode_message;
pub mod exchange;
pub mod mempool;
pub mod node;
pub mod payments;
pub mod rest;
pub mod store;
pub mod sync;
pub mod text;
pub mod verdicts;
mod world;

/// A target: its name, which is that of its corpus, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 15] = [
    ("decode_message", decode_message::run),
    ("decode_block", decode_block::run),
    ("exchange", exchange::run),
    ("text", text::run),
    ("blocks", blocks::run),
    ("payments", payments::run),
    ("node", node::run),
    ("sync", sync::run),
    ("mempool", mempool::run),
    ("rest", rest::run),
    ("classic_json", classic_json::run),
    ("classic_chain", classic_chain::run),
    ("chain_file", chain_file::run),
    ("store", store::run),
    ("verdicts", verdicts::run),
];
