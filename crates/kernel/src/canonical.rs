//! One value, one spelling, one digest: canonical JSON of RFC 8785.
//!
//! RFC 8785 writes every number as JavaScript would, so an integer that a
//! double cannot hold would be rounded without a word:
//!
//! ```text
//!   9007199254740993  and  9007199254740992   both become   9007199254740992
//! ```
//!
//! Two entries that differ would then have one digest. Such an integer is
//! refused here; whoever needs one writes it as text.

use crate::spelled::written_as_text;
use serde::Serialize;
use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256};
use std::{fmt, str::FromStr};

/// The canonical bytes of a value (RFC 8785).
pub fn to_vec(value: &impl Serialize) -> Result<Vec<u8>, NotCanonical> {
    let tree = exact(value)?;
    serde_json_canonicalizer::to_vec(&tree).map_err(NotCanonical::Json)
}

/// The canonical text of a value (RFC 8785).
pub fn to_string(value: &impl Serialize) -> Result<String, NotCanonical> {
    let tree = exact(value)?;
    serde_json_canonicalizer::to_string(&tree).map_err(NotCanonical::Json)
}

/// The SHA-256 of the canonical bytes of a value.
pub fn digest_of(value: &impl Serialize) -> Result<Digest, NotCanonical> {
    to_vec(value).map(|bytes| Digest::of_bytes(&bytes))
}

/// A value that has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum NotCanonical {
    #[error("the value cannot be written as JSON")]
    Json(#[source] serde_json::Error),
    #[error("the number {0} does not fit a double exactly; write it as text")]
    Rounded(Number),
}

/// Goes through a tree, because raw JSON inside a value would otherwise be
/// copied as it was typed.
fn exact(value: &impl Serialize) -> Result<Value, NotCanonical> {
    let tree = serde_json::to_value(value).map_err(NotCanonical::Json)?;
    match rounded(&tree) {
        None => Ok(tree),
        Some(number) => Err(NotCanonical::Rounded(number.clone())),
    }
}

fn rounded(tree: &Value) -> Option<&Number> {
    match tree {
        Value::Null | Value::Bool(_) | Value::String(_) => None,
        Value::Number(number) => (!fits_a_double(number)).then_some(number),
        Value::Array(items) => items.iter().find_map(rounded),
        Value::Object(fields) => fields.values().find_map(rounded),
    }
}

fn fits_a_double(number: &Number) -> bool {
    match number.as_i128() {
        Some(whole) => (whole as f64) as i128 == whole,
        None => true,
    }
}

/// A SHA-256, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| BadDigest)?;
        // The decoder reads upper case too. One digest has one spelling.
        Some(Self(bytes)).filter(|digest| digest.to_string() == text).ok_or(BadDigest)
    }
}

/// Text that is not a digest.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a SHA-256 as 64 lower-case hexadecimal digits")]
pub struct BadDigest;

written_as_text!(Digest, "digest", "^[0-9a-f]{64}$");
