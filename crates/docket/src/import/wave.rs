//! Rows that are taken at the same time.
//!
//! Commands run side by side, and a later row about the same record has to find
//! what the one before has left. So a wave ends before a row that names what
//! another of it names already.

use super::{Kind, Row};
use serde_json::{Map, Value};
use std::{collections::HashSet, iter::Peekable};

/// How many rows wait for their commit at once; they share it.
const ROWS_MAX: usize = 64;

/// The rows of a file in their order, as many at a time as do not care for it.
pub(super) struct Waves<I: Iterator<Item = Row>> {
    kind: Kind,
    rows: Peekable<I>,
}

impl<I: Iterator<Item = Row>> Waves<I> {
    pub(super) fn of(kind: Kind, rows: I) -> Self {
        Self { kind, rows: rows.peekable() }
    }
}

impl<I: Iterator<Item = Row>> Iterator for Waves<I> {
    type Item = Vec<Row>;

    fn next(&mut self) -> Option<Vec<Row>> {
        let (mut wave, mut named, mut by_id) = (Vec::new(), HashSet::new(), None);
        while wave.len() < ROWS_MAX {
            let Some(row) = self.rows.peek() else { break };
            let names = names(self.kind, row);
            // One row may name by our id what another names by its reference.
            let has_id = names.iter().any(|(field, _)| *field == "id");
            let apart = *by_id.get_or_insert(has_id) == has_id
                && names.iter().all(|name| !named.contains(name));
            if !apart {
                break;
            }
            named.extend(names);
            wave.extend(self.rows.next());
        }
        (!wave.is_empty()).then_some(wave)
    }
}

/// What no two records have in common, as far as the row says it.
fn names(kind: Kind, row: &Row) -> Vec<(&'static str, String)> {
    let fields: &[&'static str] = match kind {
        Kind::Types => &["name"],
        _ => &["id", "reference", "principal"],
    };
    let said = row.input.as_ref().ok().map(String::as_str).unwrap_or_default();
    let Ok(said) = serde_json::from_str::<Map<String, Value>>(said) else { return Vec::new() };
    let name = |field: &&'static str| Some((*field, said.get(*field)?.as_str()?.to_owned()));
    fields.iter().filter_map(name).collect()
}
