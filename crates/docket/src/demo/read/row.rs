//! One row, by the names of its columns.

use csv::ByteRecord;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use kernel::key::Key;
use std::{fmt::Display, str::FromStr};

pub(super) struct Row<'a> {
    header: &'a [String],
    cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// # Errors
    /// If the row has another number of cells than the header, or is not UTF-8.
    pub(super) fn new(header: &'a [String], record: &'a ByteRecord) -> Result<Self, String> {
        if record.len() != header.len() {
            return Err(format!("{} cells under {} columns", record.len(), header.len()));
        }
        let cells: Result<Vec<_>, _> = record.iter().map(std::str::from_utf8).collect();
        let cells = cells.map_err(|_| "the row is not UTF-8".to_owned())?;
        Ok(Self { header, cells })
    }

    /// What stands under the column, if anything does.
    pub(super) fn maybe(&self, column: &str) -> Option<&'a str> {
        let at = self.header.iter().position(|name| name == column)?;
        self.cells.get(at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

    pub(super) fn needed(&self, column: &str) -> Result<&'a str, String> {
        self.maybe(column).ok_or_else(|| format!("`{column}` is empty"))
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, String> {
        read(column, self.needed(column)?)
    }

    pub(super) fn maybe_parsed<T: FromStr<Err: Display>>(
        &self,
        column: &str,
    ) -> Result<Option<T>, String> {
        self.maybe(column).map(|cell| read(column, cell)).transpose()
    }

    /// A position on Earth: both numbers or neither.
    pub(super) fn location(
        &self,
        latitude: &str,
        longitude: &str,
    ) -> Result<Option<(f64, f64)>, String> {
        let pair = (self.maybe_parsed::<f64>(latitude)?, self.maybe_parsed::<f64>(longitude)?);
        match pair {
            (None, None) => Ok(None),
            (Some(north), Some(east)) if north.abs() <= 90.0 && east.abs() <= 180.0 => {
                Ok(Some((north, east)))
            }
            (Some(_), Some(_)) => Err(format!("`{latitude}` and `{longitude}` are not on Earth")),
            _ => Err(format!("only one of `{latitude}` and `{longitude}` is there")),
        }
    }
}

fn read<T: FromStr<Err: Display>>(column: &str, cell: &str) -> Result<T, String> {
    cell.parse().map_err(|why| format!("`{column}`: {why}"))
}

/// Text that the column has, as text of the length that a ticket takes.
pub(super) fn text<T: FromStr<Err: Display>>(what: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|why| format!("the {what}: {why}"))
}

/// A wall-clock time in a zone, if it happened once and only once there.
pub(super) fn local(column: &str, at: DateTime, zone: &TimeZone) -> Result<Timestamp, String> {
    let instant = zone.to_ambiguous_zoned(at).unambiguous();
    instant
        .map(|zoned| zoned.timestamp())
        .map_err(|_| format!("`{column}` is skipped or happens twice when clocks change"))
}

/// A key made of a name: `HEAT/HOT WATER` becomes `heat_hot_water`.
pub(super) fn key(name: &str) -> Result<Key, String> {
    let mut text = String::new();
    for letter in name.chars().map(|letter| letter.to_ascii_lowercase()) {
        if letter.is_ascii_lowercase() || letter.is_ascii_digit() {
            text.push(letter);
        } else if !text.is_empty() && !text.ends_with('_') {
            text.push('_');
        }
    }
    let text = text.trim_end_matches('_');
    text.parse().map_err(|why| format!("no key can be made of the name: {why}"))
}

/// An address with one space where there were several, in capitals: what makes
/// two spellings of one address equal.
pub(super) fn normal(address: &str) -> String {
    address.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase()
}
