//! Windows: when a technician is expected, and whether somebody can be there.
//!
//! What must stay true:
//!
//! * A window is stored in UTC; what was said in civil time is resolved once,
//!   in the site's zone.
//! * A civil time that does not exist is refused, and so is one that happens
//!   twice unless its offset says which. Guessing would send somebody an hour
//!   early or late.
//! * Windows that only touch do not overlap.

use crate::hours::{self, OutOfTime, Shift, Span};
use jiff::{
    SignedDuration, Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// From `start` up to, and without, `end`; both UTC. Never empty, and at most
/// 31 days long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Unchecked")]
pub struct Window {
    start: Timestamp,
    end: Timestamp,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    start: Timestamp,
    end: Timestamp,
}

/// Why two moments are not a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadWindow {
    #[error("a window has to end after it starts")]
    NotForward,
    #[error("a window is at most 31 days long")]
    TooLong,
}

impl Window {
    pub const LENGTH_MAX: SignedDuration = SignedDuration::from_hours(31 * 24);

    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, BadWindow> {
        if end <= start {
            return Err(BadWindow::NotForward);
        }
        if start.duration_until(end) > Self::LENGTH_MAX {
            return Err(BadWindow::TooLong);
        }
        Ok(Self { start, end })
    }

    pub fn start(&self) -> Timestamp {
        self.start
    }

    pub fn end(&self) -> Timestamp {
        self.end
    }

    pub fn span(&self) -> Span {
        Span::new(self.start, self.end)
    }

    pub fn contains(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

impl TryFrom<Unchecked> for Window {
    type Error = BadWindow;

    fn try_from(unchecked: Unchecked) -> Result<Self, BadWindow> {
        Self::new(unchecked.start, unchecked.end)
    }
}

/// A moment as somebody said it: `2026-03-08T14:00:00-05:00`, or
/// `2026-03-08T14:00` on the clocks of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Cow<'_, str>", into = "String")]
pub enum Moment {
    /// It came with an offset from UTC.
    Instant(Timestamp),
    /// It did not, and needs the zone of the site.
    Civil(DateTime),
}

/// Why what was said is not one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMoment {
    #[error("expected a date and time like `2026-03-08T14:00:00-05:00` or `2026-03-08T14:00`")]
    Unreadable,
    #[error("{civil} does not exist at the site: the clocks go forward over it")]
    Skipped { civil: DateTime },
    #[error("{civil} happens twice at the site; add the offset, {first} or {second}")]
    Twice { civil: DateTime, first: Offset, second: Offset },
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
}

impl Moment {
    /// The moment meant, on clocks of `zone` if it did not say its offset.
    pub fn resolve(self, zone: &TimeZone) -> Result<Timestamp, BadMoment> {
        let civil = match self {
            Self::Instant(at) => return Ok(at),
            Self::Civil(civil) => civil,
        };
        let ambiguous = zone.to_ambiguous_timestamp(civil);
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => {
                Ok(ambiguous.unambiguous().map_err(OutOfTime::from)?)
            }
            AmbiguousOffset::Gap { .. } => Err(BadMoment::Skipped { civil }),
            AmbiguousOffset::Fold { before, after } => {
                Err(BadMoment::Twice { civil, first: before, second: after })
            }
        }
    }
}

impl FromStr for Moment {
    type Err = BadMoment;

    fn from_str(text: &str) -> Result<Self, BadMoment> {
        // The parsers below also read dates without times, week dates and zone
        // names, which are not moments that somebody said.
        let plain = |byte: u8| byte.is_ascii_digit() || b"-:.+TZ".contains(&byte);
        let (date, time) = text.split_once('T').ok_or(BadMoment::Unreadable)?;
        let shaped = date.len() == 10 && time.len() >= 5 && time.find(':') == Some(2);
        if !shaped || !text.bytes().all(plain) {
            return Err(BadMoment::Unreadable);
        }
        let read = if time.contains(['Z', '+', '-']) {
            text.parse().map(Self::Instant)
        } else {
            text.parse().map(Self::Civil)
        };
        read.map_err(|_| BadMoment::Unreadable)
    }
}
impl TryFrom<Cow<'_, str>> for Moment {
    type Error = BadMoment;

    fn try_from(text: Cow<'_, str>) -> Result<Self, BadMoment> {
        text.parse()
    }
}
impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(at) => at.fmt(f),
            Self::Civil(civil) => civil.fmt(f),
        }
    }
}
impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?(Z|[+-]\\d{2}:\\d{2})?$",
            "description": "RFC 3339, or without an offset on the clocks of the site",
        })
    }
}

/// Why nobody can be there for the whole window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCovered {
    #[error("the technician is not on shift at {at}")]
    OffShift { at: Timestamp },
    #[error("the technician is absent from {from} to {until}")]
    Absent { from: Timestamp, until: Timestamp },
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
}

/// Whether the window lies wholly inside the shifts, taken together, and
/// outside every absence. Shifts are civil time in `zone`.
pub fn covered(
    window: &Window,
    shifts: &[Shift],
    zone: &TimeZone,
    absences: &[Span],
) -> Result<(), NotCovered> {
    let away = absences.iter().filter(|absence| !absence.and(window.span()).is_empty());
    if let Some(absence) = away.min_by_key(|absence| (absence.start, absence.end)) {
        return Err(NotCovered::Absent { from: absence.start, until: absence.end });
    }
    let last = zone.to_datetime(window.end).date();
    let mut date = zone.to_datetime(window.start).date();
    // The first moment that no shift seen so far covers.
    let mut at = window.start;
    loop {
        for span in hours::covered_on(date, shifts, zone)? {
            if span.start <= at {
                at = at.max(span.end);
            }
        }
        if at >= window.end {
            return Ok(());
        }
        if date >= last {
            return Err(NotCovered::OffShift { at });
        }
        date = date.tomorrow().map_err(OutOfTime::from)?;
    }
}
