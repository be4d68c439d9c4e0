//! Durable work: how a job stands, what may happen to it, and when it is its turn.
//!
//! ```text
//!                    ┌── snoozed, failed and will be tried again ──┐
//!                    ▼                                             │
//!   waiting ──due──▶ queued ──claimed──▶ running ──────────────────┤
//!      │                │                   │                      │
//!      └───cancelled────┴──▶ cancelled ◀────┤                      ▼
//!                                           └──▶ succeeded       dead ──retried──▶ queued
//! ```
//!
//! What must stay true:
//!
//! * Nothing leaves `succeeded` and `cancelled`, and only a person's retry
//!   leaves `dead`.
//! * Every claim has a lease with a larger number than the one before. Who
//!   comes with an older number changes nothing.
//! * Once somebody has asked for a running job to be cancelled, however it ends,
//!   it ends as cancelled.
//! * A job is tried as often as it may be and no more often. What was not the
//!   job's doing (a snooze, a worker that put it back) is no attempt.
//!
//! The rules are pure: time and luck are handed in. The engine says them once more
//! in SQL where it does many jobs at once, and a test holds the two against each other.

mod backoff;
mod fields;
mod name;
mod rate;
mod schedule;
mod standing;

pub use backoff::{Backoff, RETRY_AFTER_MAX};
pub use fields::BadFields;
pub use name::{ACTION, BadCause, BadKind, Cause, EXTERNAL, KindName, is_action, is_external};
pub use rate::{BadRate, Rate};
pub use schedule::{BadSchedule, Schedule};
pub use standing::{How, LeaseLost, Next, Phase, Standing, State, When};

use jiff::{SignedDuration, Timestamp};

/// The most bytes of a payload or a result.
pub const PAYLOAD_BYTES_MAX: usize = 64 * 1024;

/// The name of a period: when it began, in seconds since 1970. Periods follow
/// each other without a gap from 1970 on, the same for everybody.
pub fn period(now: Timestamp, length: SignedDuration) -> i64 {
    let length = length.as_secs().max(1);
    now.as_second() - now.as_second().rem_euclid(length)
}
