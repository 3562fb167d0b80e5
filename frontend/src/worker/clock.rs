//! The browser's clocks and its randomness: the only places where the node worker reads either.

use js_sys::{Date, Reflect};
use shared::Timestamp;
use wasm_bindgen::JsCast;
use web_sys::Performance;

/// The wall clock.
pub fn now() -> Timestamp {
    // A clock set before 1970 counts as 1970; the cast saturates.
    Timestamp::from_ms(Date::now() as u64)
}

/// Milliseconds of a clock that never goes back, for measuring.
pub fn monotonic_ms() -> f64 {
    thread_local! {
        static PERFORMANCE: Option<Performance> =
            Reflect::get(&js_sys::global(), &"performance".into()).ok().and_then(|found| found.dyn_into().ok());
    }
    PERFORMANCE.with(|clock| clock.as_ref().map_or_else(Date::now, Performance::now))
}

/// Random bytes from the browser's cryptographic source.
pub fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
