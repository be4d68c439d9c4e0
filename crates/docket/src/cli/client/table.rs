//! Values, for people in tables and for programs as they are.

use crate::cli::print;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

pub(super) fn json(value: &Value) {
    print(&format!("{value:#}"));
}

/// Columns without lines between them: they can be read, and cut.
pub(super) fn of(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    table.trim_fmt()
}

/// A value in one cell. Text of others stays on its line and moves no cursor.
pub(super) fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
