//! Mining on a graphics card, where the browser has WebGPU and somebody asked for it.
//!
//! [`Gpu`] is a card that searches; [`worker`] keeps it busy. The shader and the bytes that go to it and come back are
//! `shared`'s (`shared::state::pow::gpu`); what is here is the browser's part. What a card finds counts only after the
//! processor has hashed it too, and a card that is missing, errs or is lost is a receipt: mining on the processor does
//! not depend on it.
//!
//! - [`device`] over two slots of buffers and the few methods of WebGPU that they call: one search;
//! - [`plan`], [`pace`], [`search`]: what to try, how much at a time, what to report; pure;
//! - [`worker`]: orders in, reports out, two dispatches on their way, a lost card asked for again.

mod api;
pub mod device;
pub mod error;
pub mod pace;
pub mod plan;
pub mod search;
mod slot;
pub mod worker;

pub use device::{Gpu, IN_FLIGHT_MAX};
pub use error::GpuError;
