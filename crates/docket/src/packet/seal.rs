//! What packets are signed with.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use std::sync::Arc;

/// The key of a Docket for closeout packets. It cannot be printed.
#[derive(Clone)]
pub struct Seal(Arc<SigningKey>);

impl Seal {
    pub fn new(key: SigningKey) -> Self {
        Self(Arc::new(key))
    }

    pub fn public(&self) -> VerifyingKey {
        self.0.verifying_key()
    }

    /// The public key in hexadecimal digits. It is its own name, so that
    /// nobody can mistake one key for another.
    pub fn key_id(&self) -> String {
        hex::encode(self.public().as_bytes())
    }

    /// The signature of a packet's canonical bytes, in hexadecimal digits.
    pub(super) fn sign(&self, bytes: &[u8]) -> String {
        hex::encode(self.0.sign(bytes).to_bytes())
    }
}
