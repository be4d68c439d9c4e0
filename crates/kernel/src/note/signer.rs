//! Whoever can sign: a name and a secret key.

use super::{Algorithm, BadKey, Signature, VerifierKey, key::key_id};
use ed25519_dalek::{Signer as _, SigningKey};
use std::fmt;

/// A secret key under a name. The key is made, kept and handed in elsewhere.
pub struct Signer {
    name: String,
    key: SigningKey,
}

impl Signer {
    pub fn new(name: &str, key: SigningKey) -> Result<Self, BadKey> {
        VerifierKey::new(name, Algorithm::Log, key.verifying_key())?;
        Ok(Self { name: name.to_owned(), key })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key, for those who check what this signs.
    pub fn verifier(&self, algorithm: Algorithm) -> VerifierKey {
        VerifierKey::new(&self.name, algorithm, self.key.verifying_key())
            .expect("`new` checked the name and the key")
    }

    /// Signs a text as a log does.
    pub fn sign(&self, text: &str) -> Signature {
        let bytes = self.key.sign(text.as_bytes()).to_bytes().to_vec();
        self.signature(Algorithm::Log, bytes)
    }

    /// Signs a checkpoint as a witness does: "at this time, this was the longest
    /// tree of that log that I have seen". The time is in seconds since 1970
    /// (<https://c2sp.org/tlog-cosignature>).
    pub fn cosign(&self, text: &str, at_s: u64) -> Signature {
        let signature = self.key.sign(cosigned_message(text, at_s).as_bytes());
        let bytes = [&at_s.to_be_bytes()[..], &signature.to_bytes()].concat();
        self.signature(Algorithm::Witness, bytes)
    }

    fn signature(&self, algorithm: Algorithm, bytes: Vec<u8>) -> Signature {
        let key_id = key_id(&self.name, algorithm, &self.key.verifying_key());
        Signature { name: self.name.clone(), key_id, bytes }
    }
}

/// Prints the name only, so that no log line ever holds the key.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The first line keeps a cosignature from being taken for a log's signature.
pub(super) fn cosigned_message(text: &str, at_s: u64) -> String {
    format!("cosignature/v1\ntime {at_s}\n{text}")
}
