//! What a public key is called.

use super::BASE64;
use base64::Engine;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fmt, str::FromStr};

/// The thumbprint of a public key: the SHA-256 of its JSON Web Key in one
/// spelling (RFC 7638), in base64url.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

/// Text that is not a thumbprint.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the thumbprint of a key (RFC 7638, SHA-256): 43 characters of base64url")]
pub struct BadThumbprint;

impl Thumbprint {
    /// Of an Ed25519 key.
    pub fn of_ed25519(x: &[u8; 32]) -> Self {
        let x = BASE64.encode(x);
        Self::of_json(&format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#))
    }

    /// Of a key on P-256.
    pub fn of_p256(x: &[u8; 32], y: &[u8; 32]) -> Self {
        let (x, y) = (BASE64.encode(x), BASE64.encode(y));
        Self::of_json(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#))
    }

    fn of_json(json: &str) -> Self {
        Self(Sha256::digest(json).into())
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Thumbprint {
    type Err = BadThumbprint;

    fn from_str(text: &str) -> Result<Self, BadThumbprint> {
        let bytes = BASE64.decode(text).map_err(|_| BadThumbprint)?;
        bytes.try_into().map(Self).map_err(|_| BadThumbprint)
    }
}

impl Serialize for Thumbprint {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Thumbprint {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Cow::<'_, str>::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Thumbprint {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Thumbprint".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{43}$" })
    }
}
