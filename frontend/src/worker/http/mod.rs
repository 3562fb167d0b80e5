//! Requests over HTTP, answered in the tab.
//!
//! The relay hands over what came for this tab's address, as text frames of the link; what is answered here goes back the
//! same way. Nothing here speaks HTTP: there are only [`shared::exchange`]'s values.
//!
//! - [`reception`]: where they arrive; [`access`]: who may change the tab; [`log`]: what came; [`urls`]: where to ask;
//! - [`sealed`]: the answers in a sealed room; [`super::classic`] gives those of a classic one;
//! - [`queue`]: those who wait for the next block or for a Replace chain; [`fetches`]: chains of nodes elsewhere;
//! - [`deed`]: what answering takes, and what comes of it for the driver.

pub mod access;
pub mod deed;
pub mod fetches;
pub mod log;
pub mod queue;
pub mod reception;
pub mod relays;
pub mod sealed;
#[cfg(test)]
mod tests;
pub mod urls;
