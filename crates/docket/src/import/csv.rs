//! Rows of comma-separated values.

use super::{
    Row, Unreadable,
    column::{self, Column},
};
use ::csv::{ByteRecord, Reader, ReaderBuilder};
use kernel::refusal::{Code, Refusal};
use serde_json::Value;

/// Spreadsheets put this in front of UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// The rows of a file whose first row names columns.
pub(super) struct Rows<'a> {
    file: &'a [u8],
    reader: Reader<&'a [u8]>,
    columns: Vec<Column>,
    /// The lines before this byte have been counted.
    counted: usize,
    line: u64,
}

impl<'a> Rows<'a> {
    /// # Errors
    /// `input.malformed`, if the header cannot be used.
    pub fn new(file: &'a [u8], schema: &Value) -> Result<Self, Box<Refusal>> {
        let file = file.strip_prefix(MARK).unwrap_or(file);
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(file);
        let header = reader.headers().map_err(|_| {
            Refusal::new(Code::InputMalformed, "the first row of the file is not UTF-8 text")
        })?;
        let columns = column::all(schema, header.iter())?;
        Ok(Self { file, reader, columns, counted: 0, line: 1 })
    }

    /// The line on which the byte is.
    fn line_at(&mut self, byte: usize) -> u64 {
        let passed = self.file.get(self.counted..byte).unwrap_or_default();
        let lines = passed.iter().filter(|byte| **byte == b'\n').count();
        self.counted = byte;
        self.line = self.line.saturating_add(lines as u64);
        self.line
    }

    fn reached(&self) -> usize {
        // The whole file is in memory, so its positions fit.
        usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX)
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let mut record = ByteRecord::new();
        let from = self.reached();
        // Reading from memory into rows of any width cannot fail.
        if !self.reader.read_byte_record(&mut record).unwrap_or(false) {
            return None;
        }
        let end = self.reached();
        let all = self.file.get(from..end).unwrap_or_default();
        let skipped = all.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let line = self.line_at(from.saturating_add(skipped));
        let raw = String::from_utf8_lossy(all).trim_matches(['\r', '\n']).to_owned();
        Some(Row { line, end, raw, input: read(&self.columns, &record) })
    }
}

fn read(columns: &[Column], record: &ByteRecord) -> Result<String, Unreadable> {
    if record.len() != columns.len() {
        let detail = format!("the row has {} cells and the header {}", record.len(), columns.len());
        return Err(Unreadable { path: None, detail });
    }
    let cells: Result<Vec<&str>, _> = record.iter().map(str::from_utf8).collect();
    let cells = cells
        .map_err(|_| Unreadable { path: None, detail: "the row is not UTF-8 text".to_owned() })?;
    column::row(columns, cells.into_iter()).map(|row| row.to_string())
}
