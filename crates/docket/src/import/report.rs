//! What became of a file.

use super::take::Became;
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What became of the rows of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub rows: u64,
    pub created: u64,
    /// Written again, over what was there.
    pub updated: u64,
    /// Taken by an earlier import of the same row.
    pub unchanged: u64,
    pub quarantined: u64,
    /// How many were quarantined for which reason.
    pub reasons: BTreeMap<String, u64>,
}

/// A row that was not taken, as a line of the quarantine file.
#[derive(Debug, Serialize)]
pub struct Bad {
    /// Where it begins in the file, counted from 1.
    pub line: u64,
    /// As it stands in the file.
    pub row: String,
    pub code: &'static str,
    pub detail: String,
    /// The field or column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    pub hint: &'static str,
}

impl Bad {
    pub(super) fn of(line: u64, row: String, refusal: Refusal) -> Self {
        let Refusal { code, detail, path, missing, .. } = refusal;
        Self { line, row, code: code.name(), detail, path, missing, hint: code.hint() }
    }
}

impl Report {
    /// Counts a row, and hands it back if it is to be set aside.
    pub(super) fn count(&mut self, became: Became) -> Option<Bad> {
        let (count, bad) = match became {
            Became::Created => (&mut self.created, None),
            Became::Updated => (&mut self.updated, None),
            Became::Unchanged => (&mut self.unchanged, None),
            Became::Bad(bad) => (&mut self.quarantined, Some(bad)),
        };
        *count = count.saturating_add(1);
        self.rows = self.rows.saturating_add(1);
        if let Some(bad) = &bad {
            let reason = self.reasons.entry(bad.code.to_owned()).or_default();
            *reason = reason.saturating_add(1);
        }
        bad
    }
}
