//! One line under a note: a name, the id of a key and what the key made.

use super::{BadNote, VerifierKey, key::is_name};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{fmt, str::FromStr};

/// A signature as it stands in a note. It may be of a kind unknown here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub(super) name: String,
    pub(super) key_id: [u8; 4],
    pub(super) bytes: Vec<u8>,
}

impl Signature {
    /// Whose key it claims to be.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    /// Whether this is the key that it claims to be by.
    pub fn is_by(&self, key: &VerifierKey) -> bool {
        key.names(self)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [&self.key_id[..], &self.bytes].concat();
        write!(f, "— {} {}", self.name, BASE64_STANDARD.encode(blob))
    }
}

impl FromStr for Signature {
    type Err = BadNote;

    fn from_str(line: &str) -> Result<Self, BadNote> {
        read(line).ok_or(BadNote::SignatureLine)
    }
}

fn read(line: &str) -> Option<Signature> {
    let (name, blob) = line.strip_prefix("— ")?.split_once(' ')?;
    let blob = BASE64_STANDARD.decode(blob).ok()?;
    let (key_id, bytes) = blob.split_first_chunk()?;
    if !is_name(name) || bytes.is_empty() {
        return None;
    }
    Some(Signature { name: name.to_owned(), key_id: *key_id, bytes: bytes.to_vec() })
}
