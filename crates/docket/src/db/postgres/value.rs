//! Values as PostgreSQL's protocol carries them.

use crate::db::{Value, row::Cell};
use bytes::BytesMut;
use std::error::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};

type Bad = Box<dyn Error + Sync + Send>;

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Bad> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(int) => int_to_sql(*int, ty, out),
            Self::Text(text) if is_text(ty) => text.as_ref().to_sql(ty, out),
            Self::Bytes(bytes) if *ty == Type::BYTEA => bytes.as_ref().to_sql(ty, out),
            Self::Texts(texts) if *ty == Type::TEXT_ARRAY => texts.to_sql(ty, out),
            Self::Ints(ints) if *ty == Type::INT8_ARRAY => ints.to_sql(ty, out),
            other => Err(format!("a parameter of type {ty} was given {}", kind(other)).into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Which value goes with which type is known when it is sent.
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

fn int_to_sql(int: i64, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Bad> {
    match *ty {
        Type::INT8 => int.to_sql(ty, out),
        Type::INT4 => i32::try_from(int)?.to_sql(ty, out),
        Type::INT2 => i16::try_from(int)?.to_sql(ty, out),
        Type::BOOL => (int != 0).to_sql(ty, out),
        _ => Err(format!("a parameter of type {ty} was given a number").into()),
    }
}

fn is_text(ty: &Type) -> bool {
    matches!(*ty, Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN)
}

const fn kind(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Int(_) => "a number",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
        Value::Texts(_) => "a list of texts",
        Value::Ints(_) => "a list of numbers",
    }
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Bad> {
        Ok(match *ty {
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Self::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Self::Int(bool::from_sql(ty, raw)?.into()),
            Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(raw),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Bad> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4 | Type::INT2 | Type::BOOL | Type::BYTEA)
            || is_text(ty)
            || *ty == Type::VOID
    }
}
