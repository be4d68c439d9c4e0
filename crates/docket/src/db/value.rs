//! Values on their way into a statement.

use jiff::Timestamp;
use kernel::id::{Id, Identified};
use std::borrow::Cow;

/// A value on its way into a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    /// A list of texts, for statements that take many rows at once.
    Texts(Vec<Option<String>>),
    /// A list of numbers, for the same.
    Ints(Vec<Option<i64>>),
}

/// What a statement is given, in the order of its parameters.
pub type Args<'a> = &'a [Value<'a>];

/// Turns a list of anything that is a [`Value`] into arguments.
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Value::from($value)),*] };
}
pub(crate) use args;

impl Value<'_> {
    /// The same, kept until it is sent.
    pub(super) fn kept(&self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Int(int) => Value::Int(*int),
            Self::Text(text) => Value::Text(Cow::Owned(text.clone().into_owned())),
            Self::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.clone().into_owned())),
            Self::Texts(texts) => Value::Texts(texts.clone()),
            Self::Ints(ints) => Value::Ints(ints.clone()),
        }
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
impl From<Vec<Option<String>>> for Value<'_> {
    fn from(texts: Vec<Option<String>>) -> Self {
        Self::Texts(texts)
    }
}
impl From<Vec<String>> for Value<'_> {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts.into_iter().map(Some).collect())
    }
}
impl From<Vec<Option<i64>>> for Value<'_> {
    fn from(ints: Vec<Option<i64>>) -> Self {
        Self::Ints(ints)
    }
}
impl From<Vec<i64>> for Value<'_> {
    fn from(ints: Vec<i64>) -> Self {
        Self::Ints(ints.into_iter().map(Some).collect())
    }
}
