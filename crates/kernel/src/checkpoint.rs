//! Checkpoints: what a log says it holds (<https://c2sp.org/tlog-checkpoint>).

use crate::{
    merkle::Hash,
    note::{Algorithm, BadNote, NotVerified, Signed, SignedNote, Signer, VerifierKey},
};
use std::{fmt, str::FromStr};

/// The size and the root of a log at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log it is.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
    /// Further lines, which no monitor can check. We write none.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    pub fn new(origin: impl Into<String>, size: u64, root: Hash) -> Self {
        Self { origin: origin.into(), size, root, extensions: Vec::new() }
    }

    /// Signs the checkpoint. A log signs with a key named like its origin, and
    /// never a checkpoint that does not continue the ones it signed before.
    pub fn sign(&self, signer: &Signer) -> Result<SignedNote, NotSigned> {
        let text = self.to_string();
        // A line break in a field would make a different checkpoint of it.
        if text.parse().as_ref() != Ok(self) {
            return Err(NotSigned::Checkpoint(BadCheckpoint));
        }
        SignedNote::sign(&text, signer).map_err(NotSigned::Note)
    }

    /// Reads a checkpoint that its own log signed. A witness alone is not
    /// enough, and neither is the log of another origin.
    pub fn open<'k>(note: &SignedNote, keys: &'k [VerifierKey]) -> Result<Opened<'k>, NotOpened> {
        let signed = note.verify(keys).map_err(NotOpened::Signature)?;
        let checkpoint: Self = note.text().parse().map_err(NotOpened::Checkpoint)?;
        let of_log =
            |by: &VerifierKey| by.algorithm() == Algorithm::Log && by.name() == checkpoint.origin;
        if !signed.iter().any(|signed| of_log(signed.by)) {
            return Err(NotOpened::NotByItsLog { origin: checkpoint.origin });
        }
        Ok(Opened { checkpoint, signed })
    }
}

/// A checkpoint that can be believed, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened<'k> {
    pub checkpoint: Checkpoint,
    /// The log's own key, and the witnesses that are known here.
    pub signed: Vec<Signed<'k>>,
}

/// The text of the note, its last newline included.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = BadCheckpoint;

    fn from_str(text: &str) -> Result<Self, BadCheckpoint> {
        // One checkpoint has one text: no leading zero, no second newline.
        read(text).filter(|checkpoint| checkpoint.to_string() == text).ok_or(BadCheckpoint)
    }
}

fn read(text: &str) -> Option<Checkpoint> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let origin = lines.next()?.to_owned();
    let size = lines.next()?.parse().ok()?;
    let root = lines.next()?.parse().ok()?;
    let extensions: Vec<_> = lines.map(str::to_owned).collect();
    if origin.is_empty() || extensions.iter().any(String::is_empty) {
        return None;
    }
    Some(Checkpoint { origin, size, root, extensions })
}

/// Text that is not a checkpoint.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a checkpoint is an origin, a size, a root in base64, and lines that are not empty")]
pub struct BadCheckpoint;

/// Why a checkpoint was not signed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    #[error(transparent)]
    Checkpoint(BadCheckpoint),
    #[error(transparent)]
    Note(BadNote),
}

/// Why a checkpoint cannot be believed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    #[error(transparent)]
    Signature(NotVerified),
    #[error(transparent)]
    Checkpoint(BadCheckpoint),
    #[error("no known key of the log `{origin}` signed its checkpoint")]
    NotByItsLog { origin: String },
}
