//! Columns: a header names fields of the tool's input, and its schema says what
//! is in them. So there is no second list of fields to keep.
//!
//! A column is a path with dots, `home.address`. Where the schema has
//! `latitude_e7`, a column `latitude` in decimal degrees is read as well.

use super::{Unreadable, cell::Cell};
use kernel::refusal::{Code, Refusal};
use serde_json::{Map, Value};

/// One column of a file.
#[derive(Debug)]
pub(super) struct Column {
    /// As the header names it.
    name: String,
    /// Where its cells go.
    path: Vec<String>,
    cell: Cell,
}

/// Reads a header against the schema of the tool that takes the rows.
///
/// # Errors
/// `input.malformed`, if a column is unknown or there twice, or one is missing
/// without which no row could be taken.
pub(super) fn all<'a>(
    schema: &Value,
    header: impl Iterator<Item = &'a str>,
) -> Result<Vec<Column>, Box<Refusal>> {
    let mut columns: Vec<Column> = Vec::new();
    let mut unknown = Vec::new();
    for name in header {
        match Column::of(schema, name) {
            Some(column) if columns.iter().any(|other| other.path == column.path) => {
                let detail = "two columns of the file say the same thing";
                return Err(Refusal::new(Code::InputMalformed, detail).at(name));
            }
            Some(column) => columns.push(column),
            None => unknown.push(name.to_owned()),
        }
    }
    if !unknown.is_empty() {
        let detail = "the file has columns that the tool does not read";
        return Err(Refusal::new(Code::InputMalformed, detail).fact("unknown_columns", unknown));
    }
    let missing = missing(schema, &columns);
    if missing.is_empty() {
        return Ok(columns);
    }
    let detail = "the file lacks columns without which no row can be taken";
    Err(Refusal::new(Code::InputMalformed, detail).missing(missing))
}

fn missing(schema: &Value, columns: &[Column]) -> Vec<String> {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let there =
        |name: &str| columns.iter().any(|column| column.path.first().is_some_and(|f| f == name));
    required.filter(|name| !there(name)).map(str::to_owned).collect()
}

/// Puts the cells of one row together.
pub(super) fn row<'a>(
    columns: &[Column],
    cells: impl Iterator<Item = &'a str>,
) -> Result<Value, Unreadable> {
    let mut row = Map::new();
    for (column, text) in columns.iter().zip(cells).filter(|(_, text)| !text.is_empty()) {
        let unreadable = |detail| Unreadable { path: Some(column.name.clone()), detail };
        let value = column.cell.read(text).map_err(unreadable)?;
        put(&mut row, &column.path, value).ok_or_else(|| {
            unreadable("another column of the row says something else".to_owned())
        })?;
    }
    Ok(row.into())
}

fn put(into: &mut Map<String, Value>, path: &[String], value: Value) -> Option<()> {
    let (first, rest) = path.split_first()?;
    if rest.is_empty() {
        return into.insert(first.clone(), value).is_none().then_some(());
    }
    let inner = into.entry(first.clone()).or_insert_with(|| Map::new().into());
    put(inner.as_object_mut()?, rest, value)
}

impl Column {
    fn of(schema: &Value, name: &str) -> Option<Self> {
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        if let Some(cell) = cell_at(schema, &path) {
            return Some(Self { name: name.to_owned(), path, cell });
        }
        let mut precise = path;
        precise.last_mut()?.push_str("_e7");
        let known = cell_at(schema, &precise)? == Cell::Integer;
        known.then(|| Self { name: name.to_owned(), path: precise, cell: Cell::Degrees })
    }
}

/// What a cell holds whose column leads to this part of the schema.
fn cell_at(schema: &Value, path: &[String]) -> Option<Cell> {
    let Some((first, rest)) = path.split_first() else {
        return cell_of(schema);
    };
    let alternatives = ["anyOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array());
    let mut inner = alternatives.flatten().filter_map(|one| cell_at(one, path));
    if let Some(cell) = inner.next() {
        return Some(cell);
    }
    if let Some(property) = schema["properties"].get(first) {
        return cell_at(property, rest);
    }
    // Any key will do here; whether it is one is for the tool to say, row by row.
    let patterns = schema["patternProperties"].as_object().into_iter().flatten();
    let any = patterns.map(|(_, inner)| inner).chain(schema.get("additionalProperties"));
    any.filter(|inner| inner.is_object()).find_map(|inner| cell_at(inner, rest))
}

fn cell_of(schema: &Value) -> Option<Cell> {
    let alternatives = ["anyOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array());
    if let Some(cell) = alternatives.flatten().find_map(cell_of) {
        return Some(cell);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    types.into_iter().find_map(|kind| match kind {
        "string" => Some(Cell::Text),
        "integer" => Some(Cell::Integer),
        "boolean" => Some(Cell::Boolean),
        "array" if cell_of(&schema["items"]) == Some(Cell::Text) => Some(Cell::List),
        "array" | "object" => Some(Cell::Json),
        _ => None,
    })
}
