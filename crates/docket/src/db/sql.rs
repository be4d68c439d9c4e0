//! Statements live in files, in the dialect both databases read.

use crate::failure::Fault;
use jiff::Timestamp;
use kernel::id::{Id, Identified};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use std::{borrow::Cow, str::FromStr, sync::OnceLock};

/// One statement: the file it came from and its text, with `$1` parameters.
pub struct Sql {
    pub file: &'static str,
    pub text: &'static str,
    sqlite: OnceLock<String>,
}

impl Sql {
    pub const fn new(file: &'static str, text: &'static str) -> Self {
        Self { file, text, sqlite: OnceLock::new() }
    }

    /// The text as SQLite needs it. There `$2` is a *named* parameter, numbered
    /// by where it first appears, so a statement that names `$2` before `$1`
    /// would bind the wrong values and say nothing; `?2` means the second.
    pub fn sqlite(&self) -> &str {
        self.sqlite.get_or_init(|| self.text.replace('$', "?"))
    }
}

/// Names the statements of one slice. A test finds the files and prepares all of them.
macro_rules! statements {
    ($($name:ident = $file:literal;)*) => {
        $(static $name: $crate::db::Sql =
            $crate::db::Sql::new($file, include_str!(concat!("sql/", $file)));)*
    };
}
pub(crate) use statements;

/// A value on its way into a statement.
#[derive(Debug)]
pub enum Value<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

/// What a statement is given, in the order of its parameters.
pub type Args<'a> = &'a [Value<'a>];

/// Turns a list of anything that is a [`Value`] into arguments.
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Value::from($value)),*] };
}
pub(crate) use args;

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(int) => ValueRef::Integer(*int),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl From<i64> for Value<'_> {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}
impl From<bool> for Value<'_> {
    fn from(yes: bool) -> Self {
        Self::Int(yes.into())
    }
}
/// Times are integer microseconds since 1970, because text sorts wrongly once
/// fractions appear.
impl From<Timestamp> for Value<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.as_microsecond())
    }
}
impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}
impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text.as_str().into())
    }
}
impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}
impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}
impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}
impl<T: Identified> From<Id<T>> for Value<'_> {
    fn from(id: Id<T>) -> Self {
        Self::Text(id.to_string().into())
    }
}
impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer. Columns are read by position, in the order the
/// statement selects them.
pub struct Row<'a>(pub(super) &'a rusqlite::Row<'a>);

impl Row<'_> {
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
        Ok(self.0.get_ref(at)?.as_bytes().map_err(rusqlite::Error::from)?)
    }

    /// Like [`Row::bytes`], where the column may be null.
    ///
    /// # Errors
    /// If the column holds something else.
    pub fn maybe_bytes(&self, at: usize) -> Result<Option<&[u8]>, Fault> {
        Ok(self.0.get_ref(at)?.as_bytes_or_null().map_err(rusqlite::Error::from)?)
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
        let text = self.0.get_ref(at)?.as_str().map_err(rusqlite::Error::from)?;
        text.parse().map_err(|cause: T::Err| Fault::unreadable("a row", "text", cause))
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
        if self.0.get_ref(at)? == ValueRef::Null { Ok(None) } else { self.parsed(at).map(Some) }
    }

    /// Reads a column of JSON.
    ///
    /// # Errors
    /// If the column does not hold JSON for a `T`.
    pub fn json<T: serde::de::DeserializeOwned>(&self, at: usize) -> Result<T, Fault> {
        let text = self.0.get_ref(at)?.as_str().map_err(rusqlite::Error::from)?;
        serde_json::from_str(text).map_err(|cause| Fault::unreadable("a row", "json", cause))
    }
}

/// What can be read from a column.
pub trait FromColumn: Sized {
    fn from_column(row: &Row<'_>, at: usize) -> Result<Self, Fault>;
}

macro_rules! plain_columns {
    ($($kind:ty),*) => {
        $(impl FromColumn for $kind {
            fn from_column(row: &Row<'_>, at: usize) -> Result<Self, Fault> {
                Ok(row.0.get(at)?)
            }
        })*
    };
}
plain_columns!(i64, Option<i64>, String, Option<String>, Vec<u8>, Option<Vec<u8>>, bool);

impl FromColumn for Timestamp {
    fn from_column(row: &Row<'_>, at: usize) -> Result<Self, Fault> {
        Self::from_microsecond(row.get(at)?)
            .map_err(|cause| Fault::unreadable("a row", "time", cause))
    }
}
impl FromColumn for Option<Timestamp> {
    fn from_column(row: &Row<'_>, at: usize) -> Result<Self, Fault> {
        let Some(micros) = row.get::<Option<i64>>(at)? else { return Ok(None) };
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
