//! Reading a file of service calls: what it is, and what in it cannot be used.
//!
//! Three forms are known by their header: an export of New York City's 311, a
//! table of Open311 (GeoReport v2) requests, and the demo's own. What must stay
//! true:
//!
//! * A row is read whole or put into quarantine with its line and the reason.
//!   Nothing is shortened, filled in or guessed.
//! * A file reads the same way every time.
//! * A bad row never hides the good ones behind it.

mod nyc311;
mod open311;
mod row;
mod sample;

use super::call::{Incoming, Place};
use csv::ByteRecord;
use row::Row;
use std::collections::HashMap;

/// More than a demo needs, and less than would hurt.
const BYTES_MAX: usize = 64 << 20;
const CALLS_MAX: usize = 20_000;

/// A form that files of calls have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Nyc311,
    Open311,
    Own,
}

impl Form {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nyc311 => "NYC 311 service requests",
            Self::Open311 => "Open311 (GeoReport v2) requests",
            Self::Own => "the demo's own form",
        }
    }

    fn of(header: &[String]) -> Option<Self> {
        let has = |names: &[&str]| names.iter().all(|name| header.iter().any(|it| it == name));
        if has(&nyc311::NEEDED) {
            Some(Self::Nyc311)
        } else if has(&open311::NEEDED) {
            Some(Self::Open311)
        } else if has(&sample::COLUMNS) {
            Some(Self::Own)
        } else {
            None
        }
    }
}

/// What a file held.
#[derive(Debug)]
pub struct Batch {
    pub form: Form,
    /// In the order in which they came in.
    pub calls: Vec<Incoming>,
    pub quarantined: Vec<Quarantined>,
}

/// A row that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    pub line: u64,
    pub reason: String,
}

/// Why a file as a whole cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadFile {
    #[error("the file has {0} bytes; a demo reads at most {BYTES_MAX}")]
    TooLarge(usize),
    #[error("the first line is not a header that can be read")]
    NoHeader,
    #[error("the header names the column `{0}` twice")]
    ColumnTwice(String),
    #[error(
        "the header is none that is known: NYC 311 has {}, Open311 has {}, and the demo's own form has {}",
        nyc311::NEEDED.join(", "),
        open311::NEEDED.join(", "),
        sample::COLUMNS.join(", ")
    )]
    UnknownForm,
}

/// What a file cannot say of itself.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The IANA zone of the places, where the form has none.
    pub zone: String,
    /// Take this many calls and leave the rest.
    pub limit: Option<usize>,
}

/// Reads a file of calls.
///
/// # Errors
/// If it is too large or its header is none that is known. Bad rows are no
/// error; they are in quarantine.
pub fn read(bytes: &[u8], reading: &Reading) -> Result<Batch, BadFile> {
    if bytes.len() > BYTES_MAX {
        return Err(BadFile::TooLarge(bytes.len()));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut file = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = header(file.byte_headers().map_err(|_| BadFile::NoHeader)?)?;
    let form = Form::of(&header).ok_or(BadFile::UnknownForm)?;

    let mut sorter = Sorter::new(form, reading.limit.unwrap_or(CALLS_MAX).min(CALLS_MAX));
    let mut record = ByteRecord::new();
    while sorter.wants_more() {
        match file.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                sorter.take(line, call(form, &header, &record, reading));
            }
            // Only I/O fails here, and a slice has none; still, no row is lost in silence.
            Err(error) => sorter.refuse(error.position().map_or(0, csv::Position::line), error),
        }
    }
    Ok(sorter.sorted())
}

/// The names of the columns: `Unique Key` and `unique_key` are one name.
fn header(record: &ByteRecord) -> Result<Vec<String>, BadFile> {
    let mut names: Vec<String> = Vec::new();
    for cell in record {
        let name = std::str::from_utf8(cell).map_err(|_| BadFile::NoHeader)?;
        let name = name.trim().to_lowercase().replace(' ', "_");
        if !name.is_empty() && names.contains(&name) {
            return Err(BadFile::ColumnTwice(name));
        }
        names.push(name);
    }
    Ok(names)
}

fn call(
    form: Form,
    header: &[String],
    record: &ByteRecord,
    reading: &Reading,
) -> Result<Incoming, String> {
    let row = Row::new(header, record)?;
    match form {
        Form::Nyc311 => nyc311::call(&row),
        Form::Open311 => open311::call(&row, &reading.zone),
        Form::Own => sample::call(&row),
    }
}

/// Puts rows where they belong, and finds those that contradict one another.
struct Sorter {
    batch: Batch,
    calls_max: usize,
    references: HashMap<String, u64>,
    places: HashMap<String, (u64, Place)>,
}

impl Sorter {
    fn new(form: Form, calls_max: usize) -> Self {
        let batch = Batch { form, calls: Vec::new(), quarantined: Vec::new() };
        Self { batch, calls_max, references: HashMap::new(), places: HashMap::new() }
    }

    fn wants_more(&self) -> bool {
        self.batch.calls.len() < self.calls_max
    }

    fn take(&mut self, line: u64, call: Result<Incoming, String>) {
        let call = call.and_then(|call| self.agrees(line, call));
        match call {
            Ok(call) => self.batch.calls.push(call),
            Err(reason) => self.refuse(line, reason),
        }
    }

    fn refuse(&mut self, line: u64, reason: impl ToString) {
        self.batch.quarantined.push(Quarantined { line, reason: reason.to_string() });
    }

    /// Whether the call fits the rows before it.
    fn agrees(&mut self, line: u64, mut call: Incoming) -> Result<Incoming, String> {
        call.line = line;
        if let Some(first) = self.references.get(&call.reference) {
            return Err(format!("the reference is that of line {first}"));
        }
        match self.places.get(&call.place.reference) {
            Some((first, place)) if !same(place, &call.place) => {
                return Err(format!("the place is described otherwise on line {first}"));
            }
            // Coordinates of one address differ in their last digits; the first stand.
            Some((_, place)) => call.place = place.clone(),
            None => {
                self.places.insert(call.place.reference.clone(), (line, call.place.clone()));
            }
        }
        self.references.insert(call.reference.clone(), line);
        Ok(call)
    }

    fn sorted(mut self) -> Batch {
        self.batch.calls.sort_by_key(|call| (call.at, call.line));
        self.batch
    }
}

fn same(one: &Place, other: &Place) -> bool {
    one.account == other.account && one.zone == other.zone && one.territory == other.territory
}
