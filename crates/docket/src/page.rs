//! Long lists, one page at a time. A page ends where the next one begins, so
//! nothing is missed or doubled by what is added in between.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt::Display};

/// How many items a page may have.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "i64")]
pub struct Limit(u8);

/// One page.
#[derive(Debug, Serialize, Deserialize)]
pub struct Page<V, C> {
    pub items: Vec<V>,
    /// What to send as `after` for the next page; nothing on the last.
    pub next: Option<C>,
}

impl Limit {
    const MAX: u8 = 200;

    /// How many items to show.
    pub(crate) fn items(self) -> usize {
        usize::from(self.0)
    }

    /// How many rows to read: one more than is shown tells whether there are more.
    pub(crate) fn rows(self) -> i64 {
        i64::from(self.0) + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<i64> for Limit {
    type Error = String;

    fn try_from(limit: i64) -> Result<Self, String> {
        let limit = u8::try_from(limit).ok().filter(|limit| (1..=Self::MAX).contains(limit));
        limit.map(Self).ok_or_else(|| format!("a page has 1 to {} items", Self::MAX))
    }
}

impl JsonSchema for Limit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": Self::MAX })
    }
}

/// Where to begin, as a statement compares with it: nothing sorts before text.
pub(crate) fn after(cursor: Option<impl Display>) -> String {
    cursor.map(|cursor| cursor.to_string()).unwrap_or_default()
}

impl<V, C> Page<V, C> {
    /// Cuts what was read to one page.
    pub(crate) fn cut(mut items: Vec<V>, limit: Limit, cursor: impl FnOnce(&V) -> C) -> Self {
        let shown = limit.items();
        let more = items.len() > shown;
        items.truncate(shown);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
}

/// Gives a cursor with `Display` and `FromStr` that text in JSON.
macro_rules! cursor_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                "Cursor".into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "maxLength": 80 })
            }
        }
    };
}
pub(crate) use cursor_as_text;
