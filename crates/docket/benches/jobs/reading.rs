//! One measured number, and the line of the table it belongs to.

use crate::system::Entry;
use serde_json::{Value, json};

/// A line of the table: what is measured, and which way is better.
#[derive(Clone, PartialEq)]
pub struct Line {
    pub what: String,
    pub unit: &'static str,
    pub better: Better,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Better {
    More,
    Less,
    /// It is there to be known, and nobody is ahead.
    Neither,
}

#[derive(Clone)]
pub struct Reading {
    pub line: Line,
    pub system: String,
    pub value: f64,
    /// What one operation took of the processor, µs, in the client and in PostgreSQL.
    pub cpu: Option<(f64, f64)>,
    /// Jobs that were not done when the time was over.
    pub left: u64,
    /// Durable writes per second, just before.
    pub disk: f64,
}

impl Line {
    pub fn rate(what: impl Into<String>) -> Self {
        Self { what: what.into(), unit: "jobs/s", better: Better::More }
    }

    pub fn less(what: impl Into<String>, unit: &'static str) -> Self {
        Self { what: what.into(), unit, better: Better::Less }
    }

    pub fn plain(what: impl Into<String>, unit: &'static str) -> Self {
        Self { what: what.into(), unit, better: Better::Neither }
    }
}

impl Reading {
    /// A number with nothing beside it.
    pub fn plain(line: Line, entry: Entry, value: f64) -> Self {
        Self { line, system: entry.label(), value, cpu: None, left: 0, disk: f64::NAN }
    }

    pub fn to_json(&self, round: usize) -> Value {
        json!({
            "what": self.line.what,
            "unit": self.line.unit,
            "system": self.system,
            "round": round,
            "value": self.value,
            "client_cpu_us": self.cpu.map(|(client, _)| client),
            "server_cpu_us": self.cpu.map(|(_, server)| server),
            "left": self.left,
            "durable_writes_per_second": self.disk,
        })
    }
}

/// The middle one, or what lies between the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    (quantile(values, 0.5) + -quantile(&values.iter().map(|v| -v).collect::<Vec<_>>(), 0.5)) / 2.0
}

/// The value that this share of all lie at or below.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}
