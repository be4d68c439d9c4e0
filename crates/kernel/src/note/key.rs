//! Public keys of notes, and the text that people configure them by.

use super::{Signature, signer::cosigned_message};
use crate::spelled::written_as_text;
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature as Ed25519, VerifyingKey};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// What a key signs, by the type byte of <https://c2sp.org/signed-note>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519 over the text: how a log signs.
    Log = 0x01,
    /// Ed25519 over the time and the text: how a witness signs
    /// (<https://c2sp.org/tlog-cosignature>).
    Witness = 0x04,
}

impl Algorithm {
    fn of_byte(byte: u8) -> Option<Self> {
        [Self::Log, Self::Witness].into_iter().find(|algorithm| *algorithm as u8 == byte)
    }
}

/// A public key under a name.
///
/// It is written `name+hex(key id)+base64(type || key)`. The id is a checksum,
/// not a proof: whoever relies on a key got the whole of it from somewhere safe.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    algorithm: Algorithm,
    key: VerifyingKey,
}

impl VerifierKey {
    pub fn new(name: &str, algorithm: Algorithm, key: VerifyingKey) -> Result<Self, BadKey> {
        if !is_name(name) {
            return Err(BadKey::Name);
        }
        // Anybody can sign anything with one of these.
        if key.is_weak() {
            return Err(BadKey::Weak);
        }
        let id = key_id(name, algorithm, &key);
        Ok(Self { name: name.to_owned(), id, algorithm, key })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether this is the key that a signature says it is by.
    pub(super) fn names(&self, signature: &Signature) -> bool {
        self.name == signature.name && self.id == signature.key_id
    }

    /// Checks a signature over a text. A witness's says when it was made, in
    /// seconds since 1970.
    pub fn verify(&self, text: &str, signature: &Signature) -> Result<Option<u64>, BadSignature> {
        match self.algorithm {
            Algorithm::Log => self.check(text, &signature.bytes).map(|()| None),
            Algorithm::Witness => {
                let (at_s, bytes) = signature.bytes.split_first_chunk().ok_or(BadSignature)?;
                let at_s = u64::from_be_bytes(*at_s);
                if i64::try_from(at_s).is_err() {
                    return Err(BadSignature);
                }
                self.check(&cosigned_message(text, at_s), bytes).map(|()| Some(at_s))
            }
        }
    }

    fn check(&self, message: &str, bytes: &[u8]) -> Result<(), BadSignature> {
        let signature = Ed25519::from_slice(bytes).map_err(|_| BadSignature)?;
        self.key.verify_strict(message.as_bytes(), &signature).map_err(|_| BadSignature)
    }
}

/// The first four bytes of SHA-256 over name, newline, type and key.
pub(super) fn key_id(name: &str, algorithm: Algorithm, key: &VerifyingKey) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', algorithm as u8])
        .chain_update(key.as_bytes())
        .finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// A name stands between spaces in a note and before a plus in a key.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c < ' ' || c == '+')
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.algorithm as u8][..], self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), BASE64_STANDARD.encode(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for VerifierKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        // The name has no plus; the base64 may.
        let (name, rest) = text.split_once('+').ok_or(BadKey::Form)?;
        let (_, key) = rest.split_once('+').ok_or(BadKey::Form)?;
        let key = BASE64_STANDARD.decode(key).map_err(|_| BadKey::Form)?;
        let (algorithm, key) = key.split_first().ok_or(BadKey::Form)?;
        let algorithm = Algorithm::of_byte(*algorithm).ok_or(BadKey::Algorithm(*algorithm))?;
        let key = key.try_into().map_err(|_| BadKey::Form)?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| BadKey::Form)?;
        let key = Self::new(name, algorithm, key)?;
        if key.to_string() == text { Ok(key) } else { Err(BadKey::Id) }
    }
}

/// Text that is not a verifier key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    #[error("expected a key like `docket.example/audit+0123abcd+AY…`")]
    Form,
    #[error("a key name is not empty and has no space, control character or `+`")]
    Name,
    #[error("keys of type {0:#04x} are not supported")]
    Algorithm(u8),
    #[error("the key id does not belong to this name and key")]
    Id,
    #[error("the key is weak: signatures by it mean nothing")]
    Weak,
}

/// A signature that its key did not make.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not belong to this text and key")]
pub struct BadSignature;

written_as_text!(VerifierKey, "verifier_key", r"^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$");
