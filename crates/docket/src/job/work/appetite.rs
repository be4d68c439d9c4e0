//! How much to hold: what can begin now, and a tenth of a second of what has
//! been done lately. Whoever does little at a time so leaves the rest to others.

use std::time::{Duration, Instant};

/// Over how long the pace is taken: a few ways to the database and back.
const WINDOW: Duration = Duration::from_millis(10);
/// For how long there is to be something to begin.
const AHEAD_S: f64 = 0.1;
/// More at once would keep others waiting for the database.
pub(super) const BATCH_MAX: usize = 1_000;

/// The pace of a process.
#[derive(Debug)]
pub(super) struct Appetite {
    per_s: f64,
    since: Instant,
    ended: u32,
}

impl Appetite {
    pub(super) fn new(now: Instant) -> Self {
        Self { per_s: 0.0, since: now, ended: 0 }
    }

    /// Some jobs have ended.
    pub(super) fn ended(&mut self, count: u32, now: Instant) {
        self.ended += count;
        let passed = now.duration_since(self.since);
        if passed >= WINDOW {
            let latest = f64::from(self.ended) / passed.as_secs_f64();
            // Up at once, since whoever is quicker than they hold stands idle; down by halves.
            self.per_s = f64::midpoint(self.per_s, latest).max(latest);
            (self.since, self.ended) = (now, 0);
        }
    }

    /// How many to hold beyond what runs.
    pub(super) fn ahead(&self) -> usize {
        ((self.per_s * AHEAD_S) as usize).min(BATCH_MAX)
    }
}
