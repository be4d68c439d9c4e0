//! The names of kinds of jobs.

use crate::spelled::written_as_text;
use std::{fmt, str::FromStr};

/// What the kinds begin with that a tenant makes up for workers of its own.
pub const EXTERNAL: &str = "ext.";

/// The name of a kind of job: a noun, a dot and a verb, like `outbox.deliver`;
/// at most 64 of `a-z`, `0-9`, `_` and dots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindName(String);

impl KindName {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the tenant made it up. Those that are not are compiled in.
    pub fn is_external(&self) -> bool {
        self.0.starts_with(EXTERNAL)
    }
}

impl FromStr for KindName {
    type Err = BadKind;

    fn from_str(text: &str) -> Result<Self, BadKind> {
        let word = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_lowercase())
                && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        };
        let fits = text.len() <= 64 && text.contains('.') && text.split('.').all(word);
        fits.then(|| Self(text.to_owned())).ok_or(BadKind)
    }
}

impl fmt::Display for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that names no kind; it does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a kind like `outbox.deliver`: words of a-z, 0-9 and _, joined by dots")]
pub struct BadKind;

written_as_text!(KindName, "kind", "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)+$");
