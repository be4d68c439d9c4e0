//! Hours as people write them, "Monday 22:00 to 06:00", laid onto the time line.
//!
//! Days are kept apart at midnight of the zone: what a shift covers on a day is
//! computed for that day alone. So nothing is counted twice when a day repeats
//! an hour, and a day that a zone skipped altogether covers nothing.

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A day of the week.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Hours of one day of the week, in a zone that its owner knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// The day on which the shift begins.
    pub weekday: Weekday,
    pub from: Time,
    /// At or before `from`, this means the next day; `00:00` to `00:00` is a
    /// whole day.
    pub to: Time,
}

/// A stretch of time from `start` up to, and without, `end`. It may be of any
/// length; one that ends before it starts is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// A time that the calendar cannot express: before the year -9999 or after 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time is outside of the years that can be written down")]
pub struct OutOfTime;

impl From<jiff::Error> for OutOfTime {
    fn from(_: jiff::Error) -> Self {
        Self
    }
}

impl Span {
    pub fn new(start: Timestamp, end: Timestamp) -> Self {
        Self { start, end }
    }

    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// What two stretches have in common; empty if that is nothing.
    pub fn and(self, other: Self) -> Self {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }
}

impl From<jiff::civil::Weekday> for Weekday {
    fn from(day: jiff::civil::Weekday) -> Self {
        match day {
            jiff::civil::Weekday::Monday => Self::Monday,
            jiff::civil::Weekday::Tuesday => Self::Tuesday,
            jiff::civil::Weekday::Wednesday => Self::Wednesday,
            jiff::civil::Weekday::Thursday => Self::Thursday,
            jiff::civil::Weekday::Friday => Self::Friday,
            jiff::civil::Weekday::Saturday => Self::Saturday,
            jiff::civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

impl Shift {
    /// When the shift that begins on `date` is worked. A time that the clocks
    /// skip is read as the hour after, one that they repeat as its first
    /// occurrence, as in RFC 5545.
    fn beginning_on(&self, date: Date, zone: &TimeZone) -> Result<Span, OutOfTime> {
        let last = if self.to <= self.from { date.tomorrow()? } else { date };
        let start = zone.to_timestamp(date.to_datetime(self.from))?;
        Ok(Span::new(start, zone.to_timestamp(last.to_datetime(self.to))?))
    }
}

/// The civil day, from its first moment to that of the next.
pub fn day(date: Date, zone: &TimeZone) -> Result<Span, OutOfTime> {
    let first = |date: Date| -> Result<Timestamp, OutOfTime> {
        Ok(date.to_zoned(zone.clone())?.start_of_day()?.timestamp())
    };
    Ok(Span::new(first(date)?, first(date.tomorrow()?)?))
}

/// What the shifts cover of the civil day `date`: sorted, apart, not empty.
pub fn covered_on(date: Date, shifts: &[Shift], zone: &TimeZone) -> Result<Vec<Span>, OutOfTime> {
    let day = day(date, zone)?;
    let mut spans = Vec::new();
    for begins in [date.yesterday()?, date] {
        let weekday = Weekday::from(begins.weekday());
        for shift in shifts.iter().filter(|shift| shift.weekday == weekday) {
            spans.push(shift.beginning_on(begins, zone)?.and(day));
        }
    }
    Ok(union(spans))
}

/// The same time, sorted, with no two stretches that touch and none empty.
pub fn union(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| !span.is_empty());
    spans.sort_by_key(|span| span.start);
    let mut apart: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => apart.push(span),
        }
    }
    apart
}
