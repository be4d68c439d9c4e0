//! What packets are signed with.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use kernel::canonical::Digest;
use std::sync::Arc;

/// The key of a Docket for closeout packets. It cannot be printed.
#[derive(Clone)]
pub struct Seal {
    key: Arc<SigningKey>,
    id: String,
}

impl Seal {
    pub fn new(key: SigningKey) -> Self {
        let id = key_id(&key.verifying_key());
        Self { key: Arc::new(key), id }
    }

    /// By what name the key is known: see [`key_id`].
    pub fn key_id(&self) -> &str {
        &self.id
    }

    pub fn public(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// The signature of a packet's canonical bytes, in hexadecimal digits.
    pub(super) fn sign(&self, bytes: &[u8]) -> String {
        hex::encode(self.key.sign(bytes).to_bytes())
    }
}

/// The first 16 hexadecimal digits of the SHA-256 of a public key.
pub fn key_id(key: &VerifyingKey) -> String {
    Digest::of_bytes(key.as_bytes()).to_string().chars().take(16).collect()
}
