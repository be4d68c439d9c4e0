//! Checking a log with no server, and no key but its public one.
//!
//! ```text
//!   entries ─▶ leaf hashes ─▶ tiles ─▶ a root at every checkpoint ─▶ signatures
//!      each compared with what is stored, and the first that differs is named
//! ```
//!
//! What a check alone cannot see: a log that was rebuilt from an edited past
//! and signed again with the real key. Whoever kept an earlier checkpoint can:
//! a witness, a second copy, a receipt.

mod columns;
mod database;
mod directory;
mod receipts;
mod walk;

pub use database::database;
pub use directory::directory;
pub use receipts::{receipt, receipts};

use crate::failure::Fault;
use kernel::{
    audit::Entry,
    checkpoint::{Checkpoint, NotOpened},
    note::{SignedNote, VerifierKey},
    refusal::Chain,
};
use std::fmt;

/// What to check against.
pub struct Against<'a> {
    /// The key of the log, and of witnesses whose word should be checked too.
    pub keys: &'a [VerifierKey],
    /// A checkpoint from elsewhere that the log has to continue.
    pub known: Option<Checkpoint>,
    /// Is told how many entries were checked, out of how many.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
}

/// What was found to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Entries that were checked.
    pub entries: u64,
    /// Checkpoints whose signatures and roots were checked.
    pub checkpoints: u64,
    /// Signatures of witnesses that were checked.
    pub cosignatures: u64,
    /// Entries that are committed and in no checkpoint yet.
    pub waiting: u64,
    /// The newest checkpoint, if there is one.
    pub head: Option<Checkpoint>,
}

/// Why a check did not end well.
#[derive(Debug, thiserror::Error)]
pub enum NotHeld {
    #[error(transparent)]
    Found(#[from] Found),
    #[error(transparent)]
    Broke(#[from] Fault),
}

/// The first thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where: an entry, a tile, a checkpoint, a line.
    pub place: String,
    pub what: String,
}

impl Found {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for Found {}

/// What an entry is called in a finding.
fn name_of(leaf: u64, entry: &[u8]) -> String {
    match serde_json::from_slice::<Entry>(entry) {
        Ok(entry) => format!("entry `{}` (leaf {leaf})", entry.id),
        Err(_) => format!("leaf {leaf}"),
    }
}

/// Reads a checkpoint that has to be signed by its log.
///
/// # Errors
/// What does not hold about it.
pub fn open(note: &str, keys: &[VerifierKey]) -> Result<Checkpoint, Found> {
    let place = || match note.lines().nth(1).and_then(|size| size.parse::<u64>().ok()) {
        Some(size) => format!("checkpoint of size {size}"),
        None => "checkpoint".to_owned(),
    };
    let opened = note.parse::<SignedNote>().map_err(|bad| bad.to_string()).and_then(|note| {
        Checkpoint::open(&note, keys).map_err(|not: NotOpened| Chain(&not).to_string())
    });
    Ok(opened.map_err(|what| Found::new(place(), what))?.checkpoint)
}

/// How many known witnesses signed a note that was opened.
fn cosignatures(note: &str, keys: &[VerifierKey]) -> u64 {
    let Ok(note) = note.parse::<SignedNote>() else { return 0 };
    let signed = note.verify(keys).unwrap_or_default();
    signed.iter().filter(|signed| signed.at_s.is_some()).count() as u64
}
