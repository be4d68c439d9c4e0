//! Public keys as other issuers publish them, each with the one algorithm it signs with.

use crate::config::Algorithm;
use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A key that signs in one way only.
#[derive(Clone)]
pub(super) struct Pinned {
    pub alg: Algorithm,
    pub key: DecodingKey,
}

impl Pinned {
    /// What the header of its tokens calls it.
    pub(super) const fn name(&self) -> &'static str {
        match self.alg {
            Algorithm::EdDsa => "EdDSA",
            Algorithm::Es256 => "ES256",
            Algorithm::Rs256 => "RS256",
        }
    }

    pub(super) const fn algorithm(&self) -> jsonwebtoken::Algorithm {
        match self.alg {
            Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        }
    }
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

/// No issuer needs more keys at once.
const KEYS_MAX: usize = 64;

/// The keys of a published set that we could use. One that we cannot use is
/// none of our business, and does not spoil the others.
pub(super) fn read(
    bytes: &[u8],
    allowed: &[Algorithm],
) -> Result<BTreeMap<String, Pinned>, serde_json::Error> {
    let set: Set = serde_json::from_slice(bytes)?;
    let keys = set.keys.into_iter().take(KEYS_MAX);
    Ok(keys
        .filter_map(|key| serde_json::from_value(key).ok())
        .filter_map(|key| pin(&key, allowed))
        .collect())
}

fn pin(jwk: &Jwk, allowed: &[Algorithm]) -> Option<(String, Pinned)> {
    let kid = jwk.common.key_id.clone().filter(|kid| !kid.is_empty())?;
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let (alg, named) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDsa, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::Es256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(_) => (Algorithm::Rs256, KeyAlgorithm::RS256),
        _ => return None,
    };
    if !allowed.contains(&alg) || jwk.common.key_algorithm.is_some_and(|said| said != named) {
        return None;
    }
    Some((kid, Pinned { alg, key: DecodingKey::from_jwk(jwk).ok()? }))
}
