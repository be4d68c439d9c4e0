//! One block as bytes, and what is signed.
//!
//! ```text
//!   32 bytes   the next public key
//!   64 bytes   the signature by the key before
//!   the rest   what the block says, as canonical JSON (RFC 8785)
//! ```

use super::BadToken;
use crate::canonical;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Serialize, de::DeserializeOwned};

/// Keeps a signature of ours from being taken for one over anything else, and
/// one version from being read as another.
const DOMAIN: &[u8] = b"docket policy token v1\n";

/// A block, its content still as bytes.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub next: VerifyingKey,
    pub signature: Signature,
    pub says: Vec<u8>,
}

/// Where in a token a signature stands, and what it follows.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// Counted from 0.
    pub index: u8,
    /// That of the block before; nothing before the first.
    pub after: Option<&'a Signature>,
}

impl Block {
    pub(super) fn sign(by: &SigningKey, next: &SigningKey, at: Place<'_>, says: Vec<u8>) -> Self {
        let next = next.verifying_key();
        let signature = by.sign(&at.message(Some(&next), &says));
        Self { next, signature, says }
    }

    pub(super) fn verify(&self, by: &VerifyingKey, at: Place<'_>) -> Result<(), BadToken> {
        let message = at.message(Some(&self.next), &self.says);
        // Strict: one message and key have one signature, and a weak key has none.
        by.verify_strict(&message, &self.signature).map_err(|_| BadToken::Forged)
    }

    /// What it says, if that is spelled as it would be written again.
    pub(super) fn read<T: Serialize + DeserializeOwned>(&self) -> Result<T, BadToken> {
        let said: T = serde_json::from_slice(&self.says).map_err(|_| BadToken::Block)?;
        let again = canonical::to_vec(&said).map_err(|_| BadToken::Block)?;
        if again == self.says { Ok(said) } else { Err(BadToken::Block) }
    }

    pub(super) fn encode(&self) -> String {
        let signature = self.signature.to_bytes();
        BASE64.encode([self.next.as_bytes(), &signature[..], &self.says].concat())
    }

    pub(super) fn decode(text: &str) -> Result<Self, BadToken> {
        let bytes = decode(text)?;
        let (next, rest) = bytes.split_first_chunk().ok_or(BadToken::Form)?;
        let (signature, says) = rest.split_first_chunk().ok_or(BadToken::Form)?;
        Ok(Self {
            next: VerifyingKey::from_bytes(next).map_err(|_| BadToken::Form)?,
            signature: Signature::from_bytes(signature),
            says: says.to_vec(),
        })
    }
}

impl Place<'_> {
    /// Every part but the last has one length, so that no two places and
    /// contents are signed as the same bytes.
    fn message(&self, next: Option<&VerifyingKey>, says: &[u8]) -> Vec<u8> {
        let after = self.after.map_or([0; 64], Signature::to_bytes);
        let next_bytes = next.map_or([0; 32], |key| *key.as_bytes());
        [DOMAIN, &[u8::from(next.is_some()), self.index], &after, &next_bytes, says].concat()
    }

    /// The signature that ends a token for good.
    pub(super) fn seal(self, by: &SigningKey) -> Signature {
        by.sign(&self.message(None, &[]))
    }

    pub(super) fn check_seal(self, by: &VerifyingKey, seal: &Signature) -> Result<(), BadToken> {
        by.verify_strict(&self.message(None, &[]), seal).map_err(|_| BadToken::Forged)
    }
}

/// Reads base64url without padding; the engine refuses bits that say nothing.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, BadToken> {
    BASE64.decode(text).map_err(|_| BadToken::Form)
}

pub(super) fn encode(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}
