//! Import: a file of records, each through the door like any other call.
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
//!
//! Start with [`run`].

mod cell;
mod column;
mod csv;
mod json;
mod run;
mod wave;

pub use run::{Bad, Report, run};

use kernel::tool::Tool;

/// What can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Comma-separated values with a header row.
    Csv,
    /// One JSON array of objects, or one object on each line.
    Json,
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
