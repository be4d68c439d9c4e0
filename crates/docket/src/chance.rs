//! Where time and luck enter.

use jiff::Timestamp;
use kernel::clock::Clock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The wall clock; the only caller of `Timestamp::now` in the workspace.
pub struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "this is where time enters")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // The database keeps microseconds. With more, a time would not be equal
        // to itself once it was read back.
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

/// Draws bits that nobody can guess, or, in a test, that everybody can.
pub trait Chance: Send + Sync {
    fn bits(&self) -> u128;
}

/// The thread's cryptographic generator, seeded by the operating system.
pub struct SystemChance;

impl Chance for SystemChance {
    fn bits(&self) -> u128 {
        rand::random()
    }
}

/// Counts, so that a test can replay the ids it saw.
#[derive(Default)]
pub struct Counting(AtomicU64);

impl Counting {
    /// Goes on after `last`, for a world that was begun by another.
    pub fn after(last: u64) -> Self {
        Self(AtomicU64::new(last))
    }
}

impl Chance for Counting {
    fn bits(&self) -> u128 {
        u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1
    }
}
