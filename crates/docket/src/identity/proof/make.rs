//! Making proofs, as whoever calls does.

use super::TYPE;
use crate::identity::key::Thumbprint;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{Signer, SigningKey};
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

/// A request that is about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    pub method: &'a str,
    /// Without query and fragment.
    pub url: &'a str,
    pub token: &'a str,
    pub body: &'a [u8],
}

/// What such a key is called: what tokens are bound to.
pub fn thumbprint(key: &SigningKey) -> Thumbprint {
    Thumbprint::of_ed25519(key.verifying_key().as_bytes())
}

/// The proof of one request. It is good for that request, once. `jti` is a name
/// that no other proof of this key has.
pub fn proof(key: &SigningKey, jti: &str, now: Timestamp, about: &Outgoing<'_>) -> String {
    let jwk = json!({
        "kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(key.verifying_key().as_bytes()),
    });
    let header = json!({ "typ": TYPE, "alg": "EdDSA", "jwk": jwk });
    let claims = json!({
        "jti": jti, "htm": about.method, "htu": about.url, "iat": now.as_second(),
        "ath": BASE64.encode(Sha256::digest(about.token)),
        "bh": BASE64.encode(Sha256::digest(about.body)),
    });
    let message = [header, claims].map(|part| BASE64.encode(part.to_string())).join(".");
    let signature = BASE64.encode(key.sign(message.as_bytes()).to_bytes());
    format!("{message}.{signature}")
}
