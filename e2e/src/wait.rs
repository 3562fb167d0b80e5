//! Waits for what takes a moment, and says what was seen last when it does not come.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// How long a person would wait for a page before calling it broken.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// How often it is looked.
const PAUSE: Duration = Duration::from_millis(40);

/// Looks again and again until what is seen is as wanted, and returns it.
///
/// A look that fails counts as not yet. When patience ends, the failure says what was wanted and what was seen last.
pub async fn wait_until<T: Debug>(
    wanted: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> Result<T, Failure>,
    is_it: impl Fn(&T) -> bool,
) -> Result<T, Failure> {
    let started = Instant::now();
    loop {
        let seen = look().await;
        match seen {
            Ok(seen) if is_it(&seen) => return Ok(seen),
            seen if started.elapsed() > patience => {
                let last = match seen {
                    Ok(seen) => format!("last seen: {seen:?}"),
                    Err(failure) => failure.to_string(),
                };
                return Err(Failure::page(format!("waited {patience:?} for {wanted}; {last}")));
            }
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_later_is_waited_for() {
        let mut looks = 0;
        let look = async || {
            looks += 1;
            Ok(looks)
        };
        assert_eq!(wait_until("three", PATIENCE, look, |seen| *seen == 3).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn what_never_comes_is_named_with_what_was_there() {
        let failure = wait_until("two", Duration::ZERO, async || Ok(1), |seen| *seen == 2).await.unwrap_err();
        assert_eq!(failure.to_string(), "waited 0ns for two; last seen: 1");
    }
}
