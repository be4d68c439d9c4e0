//! The three hashes of RFC 6962 section 2.1.

use crate::spelled::written_as_text;
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// A hash in the tree: of a leaf, of an inner node, or of the whole.
///
/// It is written in base64, as checkpoints write it. It is a type of its own so
/// that the digest of some bytes is never taken for the leaf made of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    pub(super) const BYTES: usize = 32;

    /// The root of a tree without leaves: SHA-256 of nothing.
    pub const EMPTY: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);

    /// The hash of one entry: SHA-256 of `0x00 || entry`.
    pub fn leaf(entry: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
    }

    /// The hash of two neighbours: SHA-256 of `0x01 || left || right`.
    pub fn node(left: Self, right: Self) -> Self {
        let mut both = [1; 1 + 2 * Self::BYTES];
        both[1..=Self::BYTES].copy_from_slice(&left.0);
        both[1 + Self::BYTES..].copy_from_slice(&right.0);
        Self(Sha256::digest(both).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Hash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Self, BadHash> {
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| BadHash)?;
        bytes.try_into().map(Self).map_err(|_| BadHash)
    }
}

/// Text that is not a hash of the tree.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 bytes in base64")]
pub struct BadHash;

written_as_text!(Hash, "hash", "^[A-Za-z0-9+/]{43}=$");
