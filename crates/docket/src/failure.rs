//! Everything a call can fail with: a reasoned no, or a fault of ours.

use kernel::refusal::Refusal;
use tokio_postgres::error::SqlState;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
    #[error("something broke on our side")]
    Broke(#[from] Fault),
}

/// A failure that no caller could have avoided. It is logged once, at the door,
/// with its causes, and never shown.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("the database did not answer")]
    Database(#[from] rusqlite::Error),
    #[error("the database did not answer `{file}`")]
    Postgres {
        file: &'static str,
        #[source]
        error: tokio_postgres::Error,
    },
    /// The database is away. What was asked may be asked again.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The database or the evidence store is not one that may be served, and
    /// somebody has to do something about that first. The text says what.
    #[error("{0}")]
    Unfit(String),
    /// Another transaction was in the way. The same command may be run again.
    #[error("another transaction was in the way: {0}")]
    Moved(String),
    #[error("a row of `{table}` holds a `{column}` that this release cannot read")]
    Unreadable {
        table: &'static str,
        column: &'static str,
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("the writer is gone")]
    WriterGone,
    #[error("a commit failed: {0}")]
    Commit(String),
    #[error("a command panicked: {0}")]
    Panic(String),
    #[error("the file `{path}` cannot be used")]
    File {
        path: String,
        #[source]
        cause: std::io::Error,
    },
    /// The evidence store is away. What was asked may be asked again.
    #[error("the evidence store is away: {0}")]
    StoreAway(String),
    #[error("a key cannot be used: {0}")]
    Key(String),
    #[error("a value cannot be encoded")]
    Encode(#[from] serde_json::Error),
    #[error("{0}")]
    Other(String),
}

impl Fault {
    pub fn unreadable(
        table: &'static str,
        column: &'static str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unreadable { table, column, cause: cause.into() }
    }
}

impl Fault {
    /// Whether it passes by itself. What goes and comes back is logged where it
    /// is noticed, once and not by everybody who asks.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Moved(_) | Self::StoreAway(_))
    }
}

impl Failure {
    /// See [`Fault::passes`].
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Broke(fault) if fault.passes())
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broke(error.into())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Broke(error.into())
    }
}

/// What a change would have broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Two rows would have been the same where only one may be.
    Unique,
    /// A row would have belonged to one that is not there.
    Belonging,
}

impl Fault {
    /// The rule of the tables that a statement ran into, if it was one.
    pub(crate) fn broken(&self) -> Option<Broken> {
        match self {
            Self::Database(rusqlite::Error::SqliteFailure(cause, _)) => in_sqlite(*cause),
            Self::Postgres { error, .. } => in_postgres(error),
            _ => None,
        }
    }
}

fn in_sqlite(cause: rusqlite::ffi::Error) -> Option<Broken> {
    match cause.extended_code {
        rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
            Some(Broken::Unique)
        }
        rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Some(Broken::Belonging),
        _ => None,
    }
}

fn in_postgres(error: &tokio_postgres::Error) -> Option<Broken> {
    match error.code() {
        Some(&SqlState::UNIQUE_VIOLATION) => Some(Broken::Unique),
        Some(&SqlState::FOREIGN_KEY_VIOLATION) => Some(Broken::Belonging),
        _ => None,
    }
}
