//! Receipts: one entry, with all it takes to see that the log holds it.

use crate::{
    checkpoint::{Checkpoint, NotOpened, Opened},
    merkle::{Hash, NotProven, verify_inclusion},
    note::{BadNote, SignedNote, VerifierKey},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An entry of the audit log and the proof that it is there. Nothing else is
/// needed to check it but the log's public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The entry, to the byte as it went into the log.
    pub entry: String,
    /// Which leaf of the tree it is, counted from 0.
    pub index: u64,
    /// The hashes from the leaf up to the root, lowest first (RFC 9162).
    pub proof: Vec<Hash>,
    /// The signed checkpoint that the root is in. It stays text here, so that
    /// one that cannot be read is an answer of `verify` like any other.
    pub checkpoint: String,
}

impl Receipt {
    /// Checks the signature first, then the way from the entry to the root.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Opened<'k>, NotHeld> {
        let note: SignedNote = self.checkpoint.parse().map_err(NotHeld::Note)?;
        let opened = Checkpoint::open(&note, keys).map_err(NotHeld::Checkpoint)?;
        let leaf = Hash::leaf(self.entry.as_bytes());
        let Checkpoint { size, root, .. } = opened.checkpoint;
        verify_inclusion(leaf, self.index, size, &self.proof, root).map_err(NotHeld::Entry)?;
        Ok(opened)
    }
}

/// What about a receipt does not hold.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHeld {
    #[error("the checkpoint cannot be read")]
    Note(#[source] BadNote),
    #[error("the checkpoint cannot be believed")]
    Checkpoint(#[source] NotOpened),
    #[error("the log does not hold this entry at this place")]
    Entry(#[source] NotProven),
}
