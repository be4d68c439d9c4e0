//! Signed notes: text, and under it who vouches for it
//! (<https://c2sp.org/signed-note>).
//!
//! ```text
//!   docket.example/audit             ┐
//!   20852163                         ├ the text
//!   CsUYapGGPo4dkMgIAUqom/Xajj7h…=   ┘
//!
//!   — docket.example/audit Az3grlgt…    a name, a key id and a signature
//! ```
//!
//! What must stay true:
//!
//! * A note is read to the byte as it was written, or refused.
//! * The text counts for nothing until [`SignedNote::verify`] has returned.
//! * A bad signature by a known key spoils the note, whoever else signed it.

mod key;
mod line;
mod signer;

pub use key::{Algorithm, BadKey, BadSignature, VerifierKey};
pub use line::Signature;
pub use signer::Signer;

use crate::spelled::written_as_text;
use std::{fmt, str::FromStr};

/// Notes are small: a checkpoint with sixteen post-quantum signatures, the
/// most that the specification asks for, takes 110 kB.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;

/// How many signatures are read before the note is refused.
pub const SIGNATURES_MAX: usize = 64;

/// A text with signatures, none of which has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<Signature>,
}

impl SignedNote {
    /// Signs a text, which must end with a newline.
    pub fn sign(text: &str, signer: &Signer) -> Result<Self, BadNote> {
        check_text(text)?;
        let note = Self { text: text.to_owned(), signatures: vec![signer.sign(text)] };
        if note.to_string().len() > NOTE_BYTES_MAX { Err(BadNote::TooLong) } else { Ok(note) }
    }

    /// Adds a signature that somebody else made, such as a witness.
    pub fn push(&mut self, signature: Signature) -> Result<(), BadNote> {
        if self.signatures.len() == SIGNATURES_MAX {
            return Err(BadNote::TooManySignatures);
        }
        if self.to_string().len() + signature.to_string().len() > NOTE_BYTES_MAX {
            return Err(BadNote::TooLong);
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// The text, its last newline included. Believe it only after
    /// [`verify`](Self::verify).
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Says which of these keys signed the text, each once. Signatures of other
    /// keys are not looked at.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<Signed<'k>>, NotVerified> {
        let mut signed: Vec<Signed<'k>> = Vec::new();
        for signature in &self.signatures {
            for by in keys.iter().filter(|key| key.names(signature)) {
                let at_s = by
                    .verify(&self.text, signature)
                    .map_err(|_| NotVerified::BadSignature { name: by.name().to_owned() })?;
                if signed.iter().all(|earlier| earlier.by != by) {
                    signed.push(Signed { by, at_s });
                }
            }
        }
        if signed.is_empty() { Err(NotVerified::Unsigned) } else { Ok(signed) }
    }

    /// Reads a note from bytes that may be anything.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadNote> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(BadNote::TooLong);
        }
        str::from_utf8(bytes).map_err(|_| BadNote::NotText)?.parse()
    }
}

/// A signature that verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed<'k> {
    pub by: &'k VerifierKey,
    /// When a witness signed, in seconds since 1970. A log does not say when.
    pub at_s: Option<u64>,
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for SignedNote {
    type Err = BadNote;

    fn from_str(note: &str) -> Result<Self, BadNote> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(BadNote::TooLong);
        }
        // The text may hold empty lines of its own: the last one divides.
        let divide = note.rfind("\n\n").ok_or(BadNote::NoSignatures)? + 1;
        let (text, lines) = note.split_at(divide);
        check_text(text)?;
        let lines = lines[1..].strip_suffix('\n').ok_or(BadNote::NoSignatures)?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == SIGNATURES_MAX {
                return Err(BadNote::TooManySignatures);
            }
            signatures.push(line.parse().map_err(|_| BadNote::SignatureLine)?);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }
}

fn check_text(text: &str) -> Result<(), BadNote> {
    if !text.ends_with('\n') || text.contains(|c| c < ' ' && c != '\n') {
        return Err(BadNote::NotText);
    }
    Ok(())
}

/// Bytes that are not a signed note.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNote {
    #[error("a note has at most {NOTE_BYTES_MAX} bytes")]
    TooLong,
    #[error("a note is UTF-8 lines without control characters")]
    NotText,
    #[error("a note ends with an empty line and its signatures")]
    NoSignatures,
    #[error("a note has at most {SIGNATURES_MAX} signatures")]
    TooManySignatures,
    #[error("a signature line reads `— <name> <base64>`")]
    SignatureLine,
}

/// Why nobody vouches for a note.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotVerified {
    #[error("the signature by `{name}` is wrong")]
    BadSignature { name: String },
    #[error("none of the known keys signed the note")]
    Unsigned,
}

written_as_text!(SignedNote, "signed_note", "\n\n(— [^ +]+ [A-Za-z0-9+/=]+\n)+$");
