//! The five fields of cron.

use jiff::civil::{Date, Weekday};
use std::str::FromStr;

/// Minute, hour, day of month, month and day of week, as sets of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fields {
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
}

/// Text that is not five fields; it does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected five fields of cron, like `0 6 * * MON-FRI`")]
pub struct BadFields;

/// The values of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Set {
    bits: u64,
    /// Whether its text has a `*`: it restricts nothing, or only by steps.
    star: bool,
}

/// More text than this is no schedule that somebody wrote.
const BYTES_MAX: usize = 255;
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Fields {
    /// Whether the schedule goes by what the clock shows, minute after minute.
    pub(super) fn by_the_wall(&self) -> bool {
        self.minutes.star || self.hours.star
    }

    /// Whether there are ticks on a day. With both days restricted, either
    /// counts, as everybody's cron has it.
    pub(super) fn on(&self, date: Date) -> bool {
        let weekday = match date.weekday() {
            Weekday::Sunday => 0,
            other => other.to_monday_one_offset(),
        };
        let (day, weekday) = (self.days.has(date.day()), self.weekdays.has(weekday));
        let either = !self.days.star && !self.weekdays.star;
        self.months.has(date.month()) && if either { day || weekday } else { day && weekday }
    }

    /// Hours and minutes, in order.
    pub(super) fn times(&self) -> impl Iterator<Item = (i8, i8)> {
        let Self { hours, minutes, .. } = *self;
        hours.values().flat_map(move |hour| minutes.values().map(move |minute| (hour, minute)))
    }
}

impl FromStr for Fields {
    type Err = BadFields;

    fn from_str(text: &str) -> Result<Self, BadFields> {
        if text.len() > BYTES_MAX {
            return Err(BadFields);
        }
        let lower = text.trim().to_ascii_lowercase();
        let text = match lower.as_str() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let parts: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = parts.as_slice() else {
            return Err(BadFields);
        };
        let mut weekdays = Set::read(weekdays, 0, 7, &WEEKDAYS, 0)?;
        // Sunday is 0 and 7.
        weekdays.bits |= weekdays.bits >> 7 & 1;
        Ok(Self {
            minutes: Set::read(minutes, 0, 59, &[], 0)?,
            hours: Set::read(hours, 0, 23, &[], 0)?,
            days: Set::read(days, 1, 31, &[], 0)?,
            months: Set::read(months, 1, 12, &MONTHS, 1)?,
            weekdays,
        })
    }
}

impl Set {
    fn has(self, value: i8) -> bool {
        self.bits >> value & 1 == 1
    }

    fn values(self) -> impl Iterator<Item = i8> {
        (0..60).filter(move |value| self.has(*value))
    }

    /// Reads `*`, `5`, `1-5`, `*/10`, `10-50/10` and lists of them. A name
    /// stands for its place in `names`, counted from `first`.
    fn read(text: &str, min: u8, max: u8, names: &[&str], first: u8) -> Result<Self, BadFields> {
        let mut bits = 0;
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, number(step)?),
                None => (part, 1),
            };
            let value = |text: &str| match names.iter().position(|name| *name == text) {
                Some(at) => Ok(first + at as u8),
                None => number(text),
            };
            let (from, to) = match range.split_once('-') {
                Some((from, to)) => (value(from)?, value(to)?),
                None if range == "*" => (min, max),
                // A step needs somewhere to go.
                None if part.contains('/') => return Err(BadFields),
                None => (value(range)?, value(range)?),
            };
            if step == 0 || from < min || to > max || from > to {
                return Err(BadFields);
            }
            bits |= (from..=to).step_by(step.into()).fold(0, |bits, value| bits | 1 << value);
        }
        Ok(Self { bits, star: text.contains('*') })
    }
}

/// A number of one or two digits.
fn number(text: &str) -> Result<u8, BadFields> {
    let plain = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().ok_or(BadFields)
}
