//! Import: a file of records, each through the door like any other call.
//!
//! ```text
//!   the file ──▶ stored ──▶ a job: wave after wave through the door ──▶ report
//!                                        └──▶ rows set aside
//! ```
//!
//! A file is read row by row. A row that is not what its tool reads, or that
//! the tool refuses, goes to a quarantine with its line, itself and the reason,
//! and the next row is taken. What must stay true:
//!
//! * Nothing is coerced: `yes` is not a boolean and `1,000` is not a number.
//! * A column that the tool does not know refuses the whole file, before any
//!   row is taken: a misspelt column would lose data in silence.
//! * The same file again changes nothing. The idempotency key of a row is made
//!   from its line and its digest.
//! * Every row is taken or quarantined; none is dropped.
//! * Of two rows about the same record the later one counts.
//! * A worker that is killed loses nothing: another goes on with the wave it was
//!   at, and each row has its effect once.
//! * A row is taken as by whoever asked for the import, as far as they still may.
//! * The stored file is gone when the import has ended.
//!
//! Start with [`crate::door::Door::import`] for how one begins, and with
//! [`take`] for how its rows are taken.

mod cell;
mod column;
mod csv;
pub mod get;
mod json;
pub mod quarantine;
mod report;
mod start;
mod take;
mod wave;
mod work;

pub use report::{Bad, Report};
pub use start::{BYTES_MAX, Start, Started};
pub use work::TAKE;
pub(crate) use work::take;

use kernel::tool::Tool;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What can be imported.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Accounts,
    Sites,
    Contacts,
    Assets,
    Technicians,
    RateCards,
    Types,
}

impl Kind {
    pub const ALL: &[Self] = &[
        Self::Accounts,
        Self::Sites,
        Self::Contacts,
        Self::Assets,
        Self::Technicians,
        Self::RateCards,
        Self::Types,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Sites => "sites",
            Self::Contacts => "contacts",
            Self::Assets => "assets",
            Self::Technicians => "technicians",
            Self::RateCards => "rate_cards",
            Self::Types => "types",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The tool that takes one row.
    pub const fn tool(self) -> Tool {
        match self {
            Self::Accounts => Tool::AccountPut,
            Self::Sites => Tool::SitePut,
            Self::Contacts => Tool::ContactPut,
            Self::Assets => Tool::AssetPut,
            Self::Technicians => Tool::TechnicianPut,
            Self::RateCards => Tool::RateCardPut,
            Self::Types => Tool::TypePut,
        }
    }
}

/// How a file is written.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma-separated values with a header row.
    Csv,
    /// One JSON array of objects, or one object on each line.
    Json,
}

impl Format {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Csv, Self::Json].into_iter().find(|format| format.name() == name)
    }
}

/// One row of a file: what it says, or why nobody can tell.
struct Row {
    /// Where it begins, counted from 1.
    line: u64,
    /// How many bytes of the file are behind it.
    end: usize,
    /// As it stands in the file.
    raw: String,
    /// What its tool is called with.
    input: Result<String, Unreadable>,
}

/// Why a row is not something to call a tool with.
#[derive(Debug)]
struct Unreadable {
    /// The column, where it is about one.
    path: Option<String>,
    detail: String,
}

#[cfg(test)]
mod tests;
