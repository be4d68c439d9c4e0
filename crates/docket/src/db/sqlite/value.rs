//! Values as SQLite binds them.

use crate::db::Value;
use rusqlite::types::{ToSql, ToSqlOutput, Value as Owned, ValueRef};

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(int) => ValueRef::Integer(*int),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            // SQLite has no lists; it reads them from JSON.
            Self::Texts(texts) => return json(texts),
            Self::Ints(ints) => return json(ints),
        }))
    }
}

fn json<T: serde::Serialize>(list: &[T]) -> rusqlite::Result<ToSqlOutput<'static>> {
    let text = serde_json::to_string(list)
        .map_err(|cause| rusqlite::Error::ToSqlConversionFailure(cause.into()))?;
    Ok(ToSqlOutput::Owned(Owned::Text(text)))
}
