//! So many in so long: a token bucket that one timestamp holds.
//!
//! A bucket with room for `burst` that fills by one every `interval` is the same
//! as a theoretical arrival time (the "generic cell rate algorithm"): each job
//! moves it on by `interval` from now or from where it is, whichever is later,
//! and may not move it more than `burst` intervals beyond now.

use jiff::{SignedDuration, Timestamp};

/// `count` jobs in every `per`, of which `burst` may begin at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Microseconds from one job to the next when nothing was saved up.
    interval: i64,
    burst: i64,
}

/// A rate of nothing, or finer than a microsecond, or slower than a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected at least one job a year and at most a million a second")]
pub struct BadRate;

impl Rate {
    /// # Errors
    /// If the rate is not between one a year and a million a second, or the
    /// burst is not between 1 and a million.
    pub fn new(count: u32, per: SignedDuration, burst: u32) -> Result<Self, BadRate> {
        let year = SignedDuration::from_hours(24 * 366);
        let fits = count > 0 && per > SignedDuration::ZERO && per <= year;
        if !fits || burst == 0 || burst > 1_000_000 {
            return Err(BadRate);
        }
        let micros = i64::try_from(per.as_micros()).map_err(|_| BadRate)?;
        if micros < i64::from(count) {
            return Err(BadRate);
        }
        // Rounded up: never more than was said.
        let interval = micros.div_euclid(count.into()) + i64::from(micros % i64::from(count) != 0);
        Ok(Self { interval, burst: burst.into() })
    }

    /// How many jobs may begin now, when the bucket stands at `arrival`.
    pub fn room(self, arrival: Option<Timestamp>, now: Timestamp) -> u32 {
        let full = now.as_microsecond().saturating_add(self.interval.saturating_mul(self.burst));
        let room = full.saturating_sub(self.standing(arrival, now)).div_euclid(self.interval);
        u32::try_from(room.clamp(0, self.burst)).unwrap_or(0)
    }

    /// Where the bucket stands once `count` jobs have begun.
    pub fn spent(self, arrival: Option<Timestamp>, now: Timestamp, count: u32) -> Timestamp {
        let moved = self.interval.saturating_mul(count.into());
        let micros = self.standing(arrival, now).saturating_add(moved);
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// When there will be room for one, if there is none now.
    pub fn opens_at(self, arrival: Option<Timestamp>, now: Timestamp) -> Timestamp {
        let behind = self.interval.saturating_mul(self.burst.saturating_sub(1));
        let micros = self.standing(arrival, now).saturating_sub(behind);
        Timestamp::from_microsecond(micros).map_or(now, |at| at.max(now))
    }

    fn standing(self, arrival: Option<Timestamp>, now: Timestamp) -> i64 {
        arrival.map_or(now, |arrival| arrival.max(now)).as_microsecond()
    }
}
