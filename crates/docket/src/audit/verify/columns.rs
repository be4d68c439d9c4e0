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
        let (_, _, at) = (first("actor")?, first("after")?, first("at")??);
        let (_, correlation, id) = (first("before")?, first("correlation")?, first("id")??);
        let (_, _, outcome) = (first("input")?, first("on_behalf_of")?, first("outcome")??);

        let mut to = text.strip_suffix(",\"v\":1}")?;
        let mut last = |key| last(&mut to, key);
        let (_, _, tool) = (last("trace")?, last("toolset")??, last("tool")??);
        let (ticket, tenant) = (last("ticket")?, last("tenant")??);

        let correlation = correlation.map(Cow::Borrowed);
        Some(Self { id, tenant, ticket, correlation, at: at.parse().ok()?, tool, outcome })
    }
}

/// Takes the first field, if it has this key. What is not plain text is unusual, and
/// nothing: it is not the same as a field that is not there.
fn first<'a>(from: &mut &'a str, key: &str) -> Option<Option<&'a str>> {
    let value = from.strip_prefix('"').and_then(|rest| rest.strip_prefix(key));
    let Some(value) = value.and_then(|rest| rest.strip_prefix("\":\"")) else {
        return Some(None);
    };
    let (value, rest) = value.split_once('"')?;
    *from = rest.strip_prefix(',')?;
    plain(value).map(Some)
}

/// Takes the last field, as [`first`] takes the first.
fn last<'a>(to: &mut &'a str, key: &str) -> Option<Option<&'a str>> {
    let (rest, value) = to.strip_suffix('"')?.rsplit_once('"')?;
    let rest = rest.strip_suffix("\":").and_then(|rest| rest.strip_suffix(key));
    let Some(rest) = rest.and_then(|rest| rest.strip_suffix('"')) else {
        return Some(None);
    };
    *to = rest.strip_suffix(',')?;
    plain(value).map(Some)
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

    #[test]
    fn a_field_that_is_escaped_is_not_taken_for_one_that_is_not_there() {
        for key in ["correlation", "ticket", "actor"] {
            let mut entry = json!({
                "at": "2026-03-02T09:00:00Z", "id": "a", "outcome": "b", "payload": {},
                "tenant": "c", "tool": "d", "toolset": "e", "v": 1,
            });
            entry[key] = "\\".into();
            let body = kernel::canonical::to_vec(&entry).unwrap();
            assert_eq!(Columns::of(&body), Columns::anywhere(&body), "{key}");
        }
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
