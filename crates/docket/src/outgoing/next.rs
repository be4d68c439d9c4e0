//! What happens after a text did not leave: a pure decision.

use super::carrier::{How, NotCarried};
use jiff::{SignedDuration, Timestamp};

/// The longest wait after the first failure.
const WAIT_FIRST: SignedDuration = SignedDuration::from_secs(10);
/// The longest wait at all. With sixteen attempts, a carrier may be away for
/// the better half of a day.
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(6);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Again { at: Timestamp },
    Dead,
}

/// Decides. `tried` counts the attempt that has just failed, and `luck` is any
/// number.
///
/// A wait is drawn evenly from nothing up to a limit that doubles each time
/// ("full jitter"), so that what failed together does not come back together.
/// What the receiver asked for is added: it will not listen before.
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
    let doublings = u32::try_from(tried.saturating_sub(1)).unwrap_or(u32::MAX);
    let longest = WAIT_FIRST
        .as_micros()
        .saturating_mul(1_i128.checked_shl(doublings.min(64)).unwrap_or(i128::MAX))
        .min(WAIT_MAX.as_micros());
    // Never nothing: what failed at this moment is not tried again at this moment.
    let drawn = 1 + (luck % longest.unsigned_abs());
    let drawn = SignedDuration::from_micros(i64::try_from(drawn).unwrap_or(i64::MAX));
    let asked = retry_after.unwrap_or_default().clamp(SignedDuration::ZERO, WAIT_MAX);
    let at = now.checked_add(drawn.saturating_add(asked)).unwrap_or(Timestamp::MAX);
    Next::Again { at }
}
