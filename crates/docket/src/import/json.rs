//! Rows of JSON: one array, or one object on each line.
//!
//! What stands in the file is what the tool gets, byte for byte. Nothing is read
//! and written again on the way, so no number changes and no field is lost.

use super::{Row, Unreadable};
use kernel::refusal::{Code, Refusal};
use serde_json::value::RawValue;

/// The rows of a file.
///
/// # Errors
/// `input.malformed`, if it is an array that is not JSON: then nobody can tell
/// where its rows begin.
pub(super) fn rows<'a>(
    file: &'a [u8],
) -> Result<Box<dyn Iterator<Item = Row> + Send + 'a>, Box<Refusal>> {
    if !file.trim_ascii_start().starts_with(b"[") {
        return Ok(Box::new(lines(file)));
    }
    let rows: Vec<&RawValue> = serde_json::from_slice(file).map_err(|no| {
        Refusal::new(Code::InputMalformed, format!("the file is not a JSON array: {no}"))
    })?;
    let (mut counted, mut line) = (0, 1_u64);
    Ok(Box::new(rows.into_iter().map(move |raw| {
        let raw = raw.get();
        // Both are parts of one file, so this is how far in the row begins.
        let begins = (raw.as_ptr() as usize).saturating_sub(file.as_ptr() as usize);
        line = line.saturating_add(newlines(file.get(counted..begins).unwrap_or_default()));
        counted = begins;
        row(raw.to_owned(), line, begins.saturating_add(raw.len()))
    })))
}

fn lines(file: &[u8]) -> impl Iterator<Item = Row> + '_ {
    let mut end = 0_usize;
    let numbered = file.split_inclusive(|byte| *byte == b'\n').zip(1_u64..);
    numbered.filter_map(move |(text, line)| {
        end = end.saturating_add(text.len());
        let text = text.trim_ascii();
        match str::from_utf8(text) {
            Ok("") => None,
            Ok(text) => Some(row(text.to_owned(), line, end)),
            Err(_) => {
                let (path, detail) = (None, "the line is not UTF-8 text".to_owned());
                let raw = String::from_utf8_lossy(text).into_owned();
                Some(Row { line, end, raw, input: Err(Unreadable { path, detail }) })
            }
        }
    })
}

fn row(raw: String, line: u64, end: usize) -> Row {
    let input = Ok(raw.clone());
    Row { line, end, raw, input }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
