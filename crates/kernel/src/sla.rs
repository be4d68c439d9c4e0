//! Promised times: when an answer is due, given the hours we keep and the time
//! that was not ours to lose.
//!
//! What must stay true:
//!
//! * Only time that passes while we are open, and while nobody keeps us
//!   waiting, counts towards the target.
//! * Waiting for ourselves moves nothing.
//! * A minute is counted once, however many pauses or hours it lies in.
//! * The answer comes after a bounded number of steps, whatever the calendar.

use crate::hours::{self, OutOfTime, Shift, Span};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How soon somebody needs us; the most urgent sorts first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Emergency,
    Urgent,
    Routine,
}

impl Priority {
    pub const ALL: [Self; 3] = [Self::Emergency, Self::Urgent, Self::Routine];

    /// The target of a tenant that has set none, in minutes.
    pub const fn target_minutes(self) -> u32 {
        match self {
            Self::Emergency => 60,
            Self::Urgent => 240,
            Self::Routine => 1_440,
        }
    }
}

/// When the clock runs. Its hours are civil time in a zone that the caller keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Calendar {
    /// Day and night, holidays too. The braces make serde refuse hours here; of
    /// a variant without them it ignores what it does not know.
    Always {},
    /// In these hours of the week, except on holidays from midnight to midnight.
    Weekly { hours: Vec<Shift>, holidays: BTreeSet<Date> },
}

/// Whom the work waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitingFor {
    Customer,
    /// Somebody else's delivery or permission.
    Provider,
    Us,
}

/// A time in which the work waited. One that ends before it starts is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    pub from: Timestamp,
    /// Nothing while it is still going on.
    pub to: Option<Timestamp>,
    pub waiting_for: WaitingFor,
}

/// Why no due time can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NeverDue {
    #[error("the calendar has no open hours")]
    NeverOpen,
    #[error("the target is not reached within ten years of open hours")]
    TooFar,
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
}

/// Days that are looked through. Those skipped over by a wait do not count.
const HORIZON_DAYS: u32 = 3_660;

/// When `target_minutes` of open, unpaused time will have passed since
/// `started`. A pause that is still going on is taken to end `now`, so the
/// answer moves with it.
pub fn due(
    started: Timestamp,
    target_minutes: u32,
    calendar: &Calendar,
    zone: &TimeZone,
    pauses: &[Pause],
    now: Timestamp,
) -> Result<Timestamp, NeverDue> {
    let waits = waits(pauses, now);
    let mut clock = Countdown {
        at: started,
        left: SignedDuration::from_mins(i64::from(target_minutes)),
        waits: &waits,
    };
    match calendar {
        Calendar::Always {} => {
            let forever = Span::new(started, Timestamp::MAX);
            clock.run(forever).ok_or(NeverDue::OutOfTime(OutOfTime))
        }
        Calendar::Weekly { hours, holidays } => clock.run_week(hours, holidays, zone),
    }
}

/// Whether a promise is broken at `at`. Keeping it to the second is keeping it.
pub fn breached(due: Timestamp, at: Timestamp) -> bool {
    at > due
}

/// The time others kept us waiting, each moment once.
fn waits(pauses: &[Pause], now: Timestamp) -> Vec<Span> {
    let theirs = pauses.iter().filter(|pause| match pause.waiting_for {
        WaitingFor::Customer | WaitingFor::Provider => true,
        WaitingFor::Us => false,
    });
    hours::union(theirs.map(|pause| Span::new(pause.from, pause.to.unwrap_or(now))).collect())
}

struct Countdown<'a> {
    /// Everything before this has been counted.
    at: Timestamp,
    left: SignedDuration,
    waits: &'a [Span],
}

impl Countdown<'_> {
    /// Counts the open time of `open`; says when the target was reached in it.
    fn run(&mut self, open: Span) -> Option<Timestamp> {
        self.at = self.at.max(open.start);
        while self.at < open.end {
            self.drop_passed_waits();
            let next = self.waits.first().filter(|wait| wait.start < open.end);
            let until = next.map_or(open.end, |wait| wait.start.max(self.at));
            let running = self.at.duration_until(until);
            // A target that is reached when a wait begins is reached before it.
            if self.left <= running {
                return self.at.checked_add(self.left).ok();
            }
            self.left -= running;
            self.at = next.map_or(open.end, |wait| wait.end);
        }
        None
    }

    fn drop_passed_waits(&mut self) {
        let passed = self.waits.iter().take_while(|wait| wait.end <= self.at).count();
        self.waits = self.waits.get(passed..).unwrap_or_default();
    }

    fn run_week(
        &mut self,
        hours: &[Shift],
        holidays: &BTreeSet<Date>,
        zone: &TimeZone,
    ) -> Result<Timestamp, NeverDue> {
        if hours.is_empty() {
            return Err(NeverDue::NeverOpen);
        }
        let mut date = zone.to_datetime(self.at).date();
        for _ in 0..HORIZON_DAYS {
            if !holidays.contains(&date) {
                for open in hours::covered_on(date, hours, zone)? {
                    if let Some(due) = self.run(open) {
                        return Ok(due);
                    }
                }
            }
            let next = date.tomorrow().map_err(OutOfTime::from)?;
            date = next.max(zone.to_datetime(self.at).date());
        }
        Err(NeverDue::TooFar)
    }
}
