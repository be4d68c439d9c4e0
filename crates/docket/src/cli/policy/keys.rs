//! Reading the public keys of a Docket from a file.

use crate::cli::Trouble;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::VerifyingKey;
use serde::Deserialize;

/// As `/.well-known/policy-keys.json` answers them (RFC 7517).
#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
}

/// All of them, or none: one that cannot be read may be the one that is missing.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<VerifyingKey>, Trouble> {
    let wrong = |why: &str| Trouble::Usage(format!("`--keys`: {why}"));
    let all: Jwks = serde_json::from_slice(bytes).map_err(|error| wrong(&error.to_string()))?;
    let keys = all.keys.iter().map(Jwk::key).collect::<Option<Vec<_>>>();
    let keys = keys.ok_or_else(|| wrong("one of the keys is no Ed25519 key (RFC 8037)"))?;
    if keys.is_empty() { Err(wrong("there is no key in it")) } else { Ok(keys) }
}

impl Jwk {
    fn key(&self) -> Option<VerifyingKey> {
        let bytes = BASE64.decode(&self.x).ok()?;
        let key = VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok()?;
        let fits = self.kty == "OKP" && self.crv == "Ed25519" && !key.is_weak();
        fits.then_some(key)
    }
}
