//! When the same call is made again.

use std::time::Duration;

use crate::{Code, Error};

/// A relay that asks for more patience than this is asked again anyway: it may only have restarted.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);
/// The second retry comes within this, each later one within twice as much.
const BASE: Duration = Duration::from_millis(250);
/// Losses are retried at once, and then after a random time of at most this.
const CAP: Duration = Duration::from_secs(2);

impl Error {
    /// Whether the same call may succeed later: nothing was refused, something was away.
    pub fn is_loss(&self) -> bool {
        matches!(
            self.code(),
            Code::RelayUnreachable
                | Code::StaplerUnreachable
                | Code::Internal
                | Code::StoreUnavailable
                | Code::NoStapler
                | Code::ShuttingDown
                | Code::RequestTimeout
                | Code::RateLimited
                | Code::TooManyWaiters
        )
    }
}

/// How long to wait before attempt number `retry` (from 0) after `error`: at once, then with full jitter, so that the
/// clients of a relay that comes back do not all call in the same instant.
pub(crate) fn delay(retry: u32, error: &Error) -> Duration {
    let jitter = CAP.min(BASE.saturating_mul(1 << retry.min(8))).mul_f64(random_fraction());
    if matches!(error.code(), Code::RateLimited | Code::TooManyWaiters) {
        let asked = error.problem().and_then(|problem| problem.retry_after);
        return asked
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map_or(jitter, |seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
    }
    if retry == 0 { Duration::ZERO } else { jitter }
}

/// From 0 to 1. Without random numbers everybody waits the longest.
fn random_fraction() -> f64 {
    getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX))
}
