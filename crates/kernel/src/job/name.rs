//! The names of kinds of jobs.

use crate::spelled::written_as_text;
use std::{fmt, str::FromStr};

/// What the kinds begin with that a tenant makes up for workers of its own.
pub const EXTERNAL: &str = "ext.";

/// What those of them begin with that change something in the world.
pub const ACTION: &str = "act.";

/// The name of a kind of job: a noun, a dot and a verb, like `outgoing.deliver`;
/// at most 64 of `a-z`, `0-9`, `_` and dots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindName(String);

impl KindName {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the tenant made it up. Those that are not are compiled in.
    pub fn is_external(&self) -> bool {
        is_external(&self.0)
    }

    /// Whether jobs of the kind change something in the world, so that each needs
    /// a policy token, whatever whoever queues it calls it.
    pub fn is_action(&self) -> bool {
        is_action(&self.0)
    }
}

/// See [`KindName::is_external`].
pub fn is_external(kind: &str) -> bool {
    kind.starts_with(EXTERNAL) || is_action(kind)
}

/// See [`KindName::is_action`].
pub fn is_action(kind: &str) -> bool {
    kind.starts_with(ACTION)
}

impl FromStr for KindName {
    type Err = BadKind;

    fn from_str(text: &str) -> Result<Self, BadKind> {
        is_dotted(text).then(|| Self(text.to_owned())).ok_or(BadKind)
    }
}

fn is_dotted(text: &str) -> bool {
    let word = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_lowercase())
            && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    };
    text.len() <= 64 && text.contains('.') && text.split('.').all(word)
}

impl fmt::Display for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that names no kind; it does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a kind like `outgoing.deliver`: words of a-z, 0-9 and _, joined by dots")]
pub struct BadKind;

/// Why an attempt failed, as whoever made it names such things: a code like
/// `crm.unreachable`, spelled as the name of a kind. There is no room in it for
/// the words of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause(String);

impl Cause {
    /// As it is kept, apart from what Docket itself finds out.
    pub fn kept(&self) -> String {
        format!("{EXTERNAL}{}", self.0)
    }
}

impl FromStr for Cause {
    type Err = BadCause;

    fn from_str(text: &str) -> Result<Self, BadCause> {
        is_dotted(text).then(|| Self(text.to_owned())).ok_or(BadCause)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that is no code; it does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a code like `crm.unreachable`: words of a-z, 0-9 and _, joined by dots")]
pub struct BadCause;

written_as_text!(Cause, "cause", "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)+$");
written_as_text!(KindName, "kind", "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)+$");
