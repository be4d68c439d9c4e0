//! Rows of an answer, whichever database gave it.

use crate::failure::Fault;
use jiff::Timestamp;
use kernel::id::{Id, Identified};
use rusqlite::types::ValueRef;
use std::str::{self, FromStr};

/// One row of an answer. Columns are read by position, in the order the
/// statement selects them.
pub struct Row<'a>(Of<'a>);

enum Of<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

/// What a column holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    Null,
    Int(i64),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
}

impl<'a> Row<'a> {
    pub(super) fn sqlite(row: &'a rusqlite::Row<'a>) -> Self {
        Self(Of::Sqlite(row))
    }

    pub(super) fn postgres(row: &'a tokio_postgres::Row) -> Self {
        Self(Of::Postgres(row))
    }

    fn cell(&self, at: usize) -> Result<Cell<'_>, Fault> {
        Ok(match self.0 {
            Of::Sqlite(row) => match row.get_ref(at)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(int) => Cell::Int(int),
                ValueRef::Text(text) => Cell::Text(text),
                ValueRef::Blob(bytes) => Cell::Bytes(bytes),
                ValueRef::Real(_) => return Err(odd("a number with a fraction")),
            },
            Of::Postgres(row) => {
                row.try_get(at).map_err(|error| Fault::unreadable("a row", "column", error))?
            }
        })
    }

    /// Reads a column.
    ///
    /// # Errors
    /// If the column holds something that cannot be a `T`.
    pub fn get<T: FromColumn>(&self, at: usize) -> Result<T, Fault> {
        T::from_column(self, at)
    }

    /// Reads a column of text or bytes where it lies, without a copy.
    ///
    /// # Errors
    /// If the column holds something else.
    pub fn bytes(&self, at: usize) -> Result<&[u8], Fault> {
        self.maybe_bytes(at)?.ok_or_else(|| odd("nothing"))
    }

    /// Like [`Row::bytes`], where the column may be null.
    ///
    /// # Errors
    /// If the column holds something else.
    pub fn maybe_bytes(&self, at: usize) -> Result<Option<&[u8]>, Fault> {
        match self.cell(at)? {
            Cell::Null => Ok(None),
            Cell::Text(bytes) | Cell::Bytes(bytes) => Ok(Some(bytes)),
            Cell::Int(_) => Err(odd("a number")),
        }
    }

    fn text(&self, at: usize) -> Result<Option<&str>, Fault> {
        match self.cell(at)? {
            Cell::Null => Ok(None),
            Cell::Text(text) => str::from_utf8(text)
                .map(Some)
                .map_err(|cause| Fault::unreadable("a row", "text", cause)),
            Cell::Bytes(_) => Err(odd("bytes")),
            Cell::Int(_) => Err(odd("a number")),
        }
    }

    fn int(&self, at: usize) -> Result<Option<i64>, Fault> {
        match self.cell(at)? {
            Cell::Null => Ok(None),
            Cell::Int(int) => Ok(Some(int)),
            Cell::Text(_) | Cell::Bytes(_) => Err(odd("text")),
        }
    }

    fn there<T>(found: Option<T>) -> Result<T, Fault> {
        found.ok_or_else(|| odd("nothing"))
    }

    /// Reads a column of text that something else is written in: an id, a state, JSON.
    ///
    /// # Errors
    /// If the text cannot be parsed.
    pub fn parsed<T>(&self, at: usize) -> Result<T, Fault>
    where
        T: FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        self.maybe_parsed(at).and_then(Self::there)
    }

    /// Like [`Row::parsed`], where the column may be null.
    ///
    /// # Errors
    /// If there is text and it cannot be parsed.
    pub fn maybe_parsed<T>(&self, at: usize) -> Result<Option<T>, Fault>
    where
        T: FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        let parsed = self.text(at)?.map(str::parse).transpose();
        parsed.map_err(|cause: T::Err| Fault::unreadable("a row", "text", cause))
    }

    /// Reads a column of JSON.
    ///
    /// # Errors
    /// If the column does not hold JSON for a `T`.
    pub fn json<T: serde::de::DeserializeOwned>(&self, at: usize) -> Result<T, Fault> {
        serde_json::from_str(Self::there(self.text(at)?)?)
            .map_err(|cause| Fault::unreadable("a row", "json", cause))
    }
}

fn odd(found: &str) -> Fault {
    Fault::Other(format!("a column holds {found} where something else belongs"))
}

/// What can be read from a column.
pub trait FromColumn: Sized {
    fn from_column(row: &Row<'_>, at: usize) -> Result<Self, Fault>;
}

macro_rules! plain_columns {
    ($($kind:ty: $read:ident $as:expr;)*) => {
        $(impl FromColumn for $kind {
            fn from_column(row: &Row<'_>, at: usize) -> Result<Self, Fault> {
                row.$read(at).and_then(Row::there).map($as)
            }
        }
        impl FromColumn for Option<$kind> {
            fn from_column(row: &Row<'_>, at: usize) -> Result<Self, Fault> {
                Ok(row.$read(at)?.map($as))
            }
        })*
    };
}
plain_columns! {
    i64: int |int| int;
    bool: int |int| int != 0;
    String: text |text: &str| text.to_owned();
    Vec<u8>: maybe_bytes |bytes: &[u8]| bytes.to_vec();
}

impl FromColumn for Timestamp {
    fn from_column(row: &Row<'_>, at: usize) -> Result<Self, Fault> {
        Option::<Self>::from_column(row, at).and_then(Row::there)
    }
}
impl FromColumn for Option<Timestamp> {
    fn from_column(row: &Row<'_>, at: usize) -> Result<Self, Fault> {
        let Some(micros) = row.int(at)? else { return Ok(None) };
        Timestamp::from_microsecond(micros)
            .map(Some)
            .map_err(|cause| Fault::unreadable("a row", "time", cause))
    }
}
impl<T: Identified> FromColumn for Id<T> {
    fn from_column(row: &Row<'_>, at: usize) -> Result<Self, Fault> {
        row.parsed(at)
    }
}
impl<T: Identified> FromColumn for Option<Id<T>> {
    fn from_column(row: &Row<'_>, at: usize) -> Result<Self, Fault> {
        row.maybe_parsed(at)
    }
}
