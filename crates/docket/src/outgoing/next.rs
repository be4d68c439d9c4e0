//! What happens after a text did not leave: a pure decision.

use super::carrier::{How, NotCarried};
use jiff::{SignedDuration, Timestamp};
use kernel::job::Backoff;

/// With sixteen attempts, a carrier may be away for the better half of a day.
const BACKOFF: Backoff =
    Backoff { base: SignedDuration::from_secs(10), cap: SignedDuration::from_hours(6) };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Again { at: Timestamp },
    Dead,
}

/// Decides. `tried` counts the attempt that has just failed, and `luck` is any
/// number.
pub(super) fn after(
    failed: &NotCarried,
    tried: i64,
    tries_max: i64,
    now: Timestamp,
    luck: u128,
) -> Next {
    let How::Transient { retry_after } = failed.how else { return Next::Dead };
    if tried >= tries_max {
        return Next::Dead;
    }
    let wait = BACKOFF.wait(u32::try_from(tried).unwrap_or(u32::MAX), luck, retry_after);
    Next::Again { at: now.checked_add(wait).unwrap_or(Timestamp::MAX) }
}
