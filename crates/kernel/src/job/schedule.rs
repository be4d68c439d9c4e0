//! Work that comes back by the calendar: five fields of cron, in a time zone.
//!
//! Where clocks change, ticks go as they do in Vixie's cron:
//!
//! * A schedule whose minute and hour both name their values (`30 2 * * *`,
//!   `0 9-17 * * *`) ticks once for each. If the clocks skip one, it comes at the
//!   first moment after the gap; if they repeat one, it comes the first time.
//! * A schedule whose minute or hour begins with `*` goes by what the clock on
//!   the wall shows: nothing in a gap, and both times in an overlap.

use super::fields::{BadFields, Fields};
use jiff::{
    Timestamp,
    civil::Date,
    tz::{AmbiguousOffset, TimeZone},
};

/// When something ticks.
#[derive(Clone, Debug)]
pub struct Schedule {
    fields: Fields,
    zone: TimeZone,
}

/// Text that is no schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSchedule {
    #[error(transparent)]
    Fields(#[from] BadFields),
    #[error("the schedule never ticks")]
    Never,
}

/// A 29th of February on a given weekday comes round after 40 years at most.
const DAYS_MAX: usize = 41 * 366;

impl Schedule {
    /// Reads five fields: minute, hour, day of month, month, day of week; or one
    /// of `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly`.
    ///
    /// # Errors
    /// If the text is something else, or no day fits it, like a 30th of February.
    pub fn new(text: &str, zone: TimeZone, now: Timestamp) -> Result<Self, BadSchedule> {
        let schedule = Self { fields: text.parse()?, zone };
        schedule.next(now).ok_or(BadSchedule::Never)?;
        Ok(schedule)
    }

    /// The first tick after a moment; nothing, if the calendar ends before.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        // Clocks that go back over midnight show two days in turns.
        let first = self.zone.to_datetime(after).date().yesterday().ok()?;
        let mut found: Option<Timestamp> = None;
        let mut date = first;
        for _ in 0..DAYS_MAX {
            let known = found;
            let ticks = self.ticks(date).into_iter().filter(|tick| *tick > after);
            found = known.into_iter().chain(ticks).min();
            if known.is_some() {
                break;
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        found
    }

    /// The tick to do now, when the one at `due` has come: the last that has.
    /// However many were missed, they are done as one.
    pub fn latest(&self, due: Timestamp, now: Timestamp) -> Timestamp {
        let mut found = due;
        let mut date = self.zone.to_datetime(now).date();
        let first = self.zone.to_datetime(due).date();
        date = date.tomorrow().unwrap_or(date);
        while found == due && date >= first {
            let before = date.yesterday();
            let days = [Some(date), before.clone().ok()].into_iter().flatten();
            let ticks = days.flat_map(|day| self.ticks(day)).filter(|tick| *tick <= now);
            found = ticks.fold(found, Timestamp::max);
            let Ok(before) = before else { break };
            date = before;
        }
        found
    }

    /// The ticks of a civil day, in no order.
    fn ticks(&self, date: Date) -> Vec<Timestamp> {
        if !self.fields.on(date) {
            return Vec::new();
        }
        self.fields.times().flat_map(|(hour, minute)| self.tick(date, hour, minute)).collect()
    }

    fn tick(&self, date: Date, hour: i8, minute: i8) -> impl Iterator<Item = Timestamp> {
        let shown = self.zone.to_ambiguous_timestamp(date.at(hour, minute, 0, 0));
        let by_the_wall = self.fields.by_the_wall();
        let (first, second) = match shown.offset() {
            AmbiguousOffset::Unambiguous { .. } => (shown.compatible().ok(), None),
            AmbiguousOffset::Fold { .. } if by_the_wall => {
                (shown.earlier().ok(), shown.later().ok())
            }
            AmbiguousOffset::Fold { .. } => (shown.earlier().ok(), None),
            AmbiguousOffset::Gap { .. } if by_the_wall => (None, None),
            AmbiguousOffset::Gap { .. } => {
                let before = shown.earlier().ok();
                let gap = before.and_then(|before| self.zone.following(before).next());
                (gap.map(|gap| gap.timestamp()), None)
            }
        };
        first.into_iter().chain(second)
    }
}
