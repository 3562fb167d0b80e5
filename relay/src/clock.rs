//! The wall clock, read in one place.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shared::Timestamp;

/// The time now. A clock set before 1970 reads as 1970.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// How long it is until then; nothing when it has passed.
pub fn until(then: Timestamp) -> Duration {
    Duration::from_millis(then.ms_since(now()))
}
