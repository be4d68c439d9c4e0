//! Whether the columns that an entry is found by say what the entry says.
//!
//! The entry itself has been compared with its leaf by then, so its bytes are
//! canonical JSON as we wrote it: keys in order, and no space anywhere. What is
//! wanted of it stands at its two ends, and a log of a million entries is
//! checked in half the time when only those are read.

use crate::{db::Row, failure::Fault};
use jiff::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;

/// The part of an entry that stands in columns too.
#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct Columns<'a> {
    id: &'a str,
    tenant: &'a str,
    ticket: Option<&'a str>,
    #[serde(borrow)]
    correlation: Option<Cow<'a, str>>,
    at: Timestamp,
    tool: &'a str,
    outcome: &'a str,
}

impl<'a> Columns<'a> {
    /// Reads the two ends, and all of it where they hold something unusual.
    pub fn of(entry: &'a [u8]) -> Option<Self> {
        Self::at_its_ends(entry).or_else(|| Self::anywhere(entry))
    }

    fn anywhere(entry: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(entry).ok()
    }

    fn at_its_ends(entry: &'a [u8]) -> Option<Self> {
        let text = str::from_utf8(entry).ok()?;
        let mut from = text.strip_prefix('{')?;
        let mut first = |key| first(&mut from, key);
        let (_, _, at) = (first("actor"), first("after"), first("at")?);
        let (_, correlation, id) = (first("before"), first("correlation"), first("id")?);
        let (_, _, outcome) = (first("input"), first("on_behalf_of"), first("outcome")?);

        let mut to = text.strip_suffix(",\"v\":1}")?;
        let mut last = |key| last(&mut to, key);
        let (_, _, tool) = (last("trace"), last("toolset")?, last("tool")?);
        let (ticket, tenant) = (last("ticket"), last("tenant")?);

        let correlation = correlation.map(Cow::Borrowed);
        Some(Self { id, tenant, ticket, correlation, at: at.parse().ok()?, tool, outcome })
    }
}

/// Takes the first field, if it has this key and is plain text.
fn first<'a>(from: &mut &'a str, key: &str) -> Option<&'a str> {
    let rest = from.strip_prefix('"')?.strip_prefix(key)?.strip_prefix("\":\"")?;
    let (value, rest) = rest.split_once('"')?;
    *from = rest.strip_prefix(',')?;
    plain(value)
}

/// Takes the last field, if it has this key and is plain text.
fn last<'a>(to: &mut &'a str, key: &str) -> Option<&'a str> {
    let (rest, value) = to.strip_suffix('"')?.rsplit_once('"')?;
    let rest = rest.strip_suffix("\":")?.strip_suffix(key)?.strip_suffix('"')?;
    *to = rest.strip_suffix(',')?;
    plain(value)
}

/// What was escaped is longer than it looks, and a quote in it ends nothing.
fn plain(value: &str) -> Option<&str> {
    (!value.contains('\\')).then_some(value)
}

/// The first column that says something else than the entry.
pub(super) fn disagrees(row: &Row<'_>, body: &[u8]) -> Result<Option<&'static str>, Fault> {
    let Some(said) = Columns::of(body) else { return Ok(Some("body")) };
    let text = |at, said: &str| Ok::<_, Fault>(row.bytes(at)? == said.as_bytes());
    let maybe =
        |at, said: Option<&str>| Ok::<_, Fault>(row.maybe_bytes(at)? == said.map(str::as_bytes));
    Ok(if !text(1, said.id)? {
        Some("id")
    } else if !text(2, said.tenant)? {
        Some("tenant")
    } else if !maybe(3, said.ticket)? {
        Some("ticket")
    } else if !maybe(4, said.correlation.as_deref())? {
        Some("correlation")
    } else if row.get::<i64>(5)? != said.at.as_microsecond() {
        Some("at")
    } else if !text(6, said.tool)? {
        Some("tool")
    } else if !text(7, said.outcome)? {
        Some("outcome")
    } else {
        None
    })
}

#[cfg(test)]
mod tests {
    use super::Columns;
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z_]{0,9}", r#"[a-z"\\{},:]{0,9}"#, "\\PC{0,5}"]
    }

    proptest! {
        #[test]
        fn the_ends_of_an_entry_say_what_all_of_it_says(
            texts in prop::collection::vec(prop::option::of(text()), 14),
            payload in text(),
        ) {
            let keys = [
                "actor", "after", "before", "correlation", "id", "input", "on_behalf_of",
                "outcome", "tenant", "ticket", "tool", "toolset", "trace", "surface",
            ];
            let mut entry = Map::from_iter([
                ("at".to_owned(), json!("2026-03-02T09:00:00Z")),
                ("payload".to_owned(), json!({ "tenant": payload, "v": 1 })),
                ("v".to_owned(), json!(1)),
            ]);
            for (key, text) in keys.iter().zip(texts) {
                if let Some(text) = text {
                    entry.insert((*key).to_owned(), text.into());
                }
            }
            let body = kernel::canonical::to_vec(&Value::Object(entry)).unwrap();
            if let Some(read) = Columns::at_its_ends(&body) {
                prop_assert_eq!(Some(read), Columns::anywhere(&body));
            }
        }
    }
}
