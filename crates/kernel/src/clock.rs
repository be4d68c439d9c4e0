//! What a clock is. The one that tells the real time lives with the I/O.

use jiff::{SignedDuration, Timestamp};
use std::sync::Mutex;

/// Tells the time. Everything that needs "now" is handed one of these.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// A clock that moves only when it is moved: for tests, and for replaying what
/// really happened at the pace it happened.
pub struct StillClock(Mutex<Timestamp>);

impl StillClock {
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().expect("nobody panics while holding the clock");
        *now += by;
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("nobody panics while holding the clock")
    }
}
