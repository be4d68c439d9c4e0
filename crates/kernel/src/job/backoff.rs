//! How long to leave a job alone that failed.

use jiff::SignedDuration;

/// The longest that whoever refused the work may have us wait. Without a bound,
/// one bad header would put a job off for good.
pub const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Waits that double with every attempt, up to a cap, and of which chance takes
/// its part: jobs that failed together do not come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait after the first attempt.
    pub base: SignedDuration,
    /// The longest wait after any.
    pub cap: SignedDuration,
}

impl Backoff {
    /// Five seconds at first, an hour at most.
    pub const USUAL: Self =
        Self { base: SignedDuration::from_secs(5), cap: SignedDuration::from_hours(1) };

    /// The longest wait after this attempt, counted from 1.
    pub fn ceiling(self, attempt: u32) -> SignedDuration {
        let doublings = attempt.saturating_sub(1).min(30);
        self.base.checked_mul(1 << doublings).map_or(self.cap, |longest| longest.min(self.cap))
    }

    /// How long to wait after this attempt: anything up to the ceiling, each
    /// with the same chance ("full jitter"). If whoever refused the work said
    /// when to come back, not before that.
    pub fn wait(
        self,
        attempt: u32,
        luck: u128,
        retry_after: Option<SignedDuration>,
    ) -> SignedDuration {
        let ceiling = u128::try_from(self.ceiling(attempt).as_micros()).unwrap_or(0);
        let micros = i64::try_from(luck % (ceiling + 1)).unwrap_or(i64::MAX);
        let asked = retry_after.unwrap_or(SignedDuration::ZERO).min(RETRY_AFTER_MAX);
        SignedDuration::from_micros(micros).max(asked)
    }
}
