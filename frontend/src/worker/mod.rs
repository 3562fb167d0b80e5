//! The workers of a tab: the node worker, which runs the node, the miner workers, which search for proofs, and verifier
//! workers, which come and go.
//!
//! All are this same wasm, started once more by the browser under a name that says which role to play. The node
//! worker's parts, in the order in which a message meets them:
//!
//! - [`link`]: the WebSocket to the relay;
//! - [`inbox`]: two lanes, so that what a person asks overtakes what the network sends;
//! - [`driver`]: the loop: input, node, outputs; [`mod@start`] leads to it;
//! - [`outbox`]: stores first, then sends; [`store`] over [`idb`];
//! - [`miner`]: the miners' two ends, with [`pace`];
//! - [`verifier`]: the same of the verifiers;
//! - [`http`] and [`mod@classic`]: requests that the relay hands over, and the tutorial's node in a classic room;
//! - [`snapshot`], [`chronicle`], [`feed`], [`lookup`], [`command`]: what the page sees and asks.

pub mod backup;
pub mod census;
pub mod chronicle;
pub mod claims;
pub mod classic;
pub mod clock;
pub mod command;
pub mod contacts;
pub mod dial;
pub mod driver;
pub mod feed;
#[cfg(test)]
mod fixture;
pub mod http;
pub mod idb;
pub mod identities;
pub mod identity;
pub mod import;
pub mod inbox;
pub mod link;
pub mod locks;
pub mod lookup;
pub mod miner;
pub mod outbox;
pub mod pace;
pub mod pasted;
pub mod plain;
pub mod port;
pub mod room;
pub mod search;
pub mod snapshot;
pub mod start;
pub mod store;
pub mod turn;
pub mod unopened;
pub mod verifier;
pub mod wire;

use wasm_bindgen::prelude::*;
use web_sys::DedicatedWorkerGlobalScope;

/// The name under which the node worker is started.
pub const NODE: &str = "node";
/// The name under which a miner worker is started.
pub const MINER: &str = "miner";
/// The name under which the worker that mines on a graphics card is started.
pub const GPU: &str = "gpu";
/// The name under which a verifier worker is started.
pub const VERIFIER: &str = "verifier";

/// Plays the role this worker was started for.
pub fn start() {
    // Standard error leads nowhere in a browser. The node worker puts a hook of its own in this one's place.
    std::panic::set_hook(Box::new(|panic| web_sys::console::error_1(&panic.to_string().into())));
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let started = match scope.name().as_str() {
        NODE => start::run(&scope),
        MINER => miner::worker::run(&scope),
        GPU => miner::gpu::worker::run(&scope),
        VERIFIER => verifier::worker::run(&scope),
        name => Err(JsValue::from_str(&format!("no role is called {name:?}"))),
    };
    if let Err(error) = started {
        // The parent hears of it as the worker's failure.
        wasm_bindgen::throw_val(error);
    }
}
