//! Access tokens as they are written: JSON Web Tokens, signed and compact.
//!
//! What is read here is not believed yet. [`read`] only says what the bytes
//! claim; the [`gate`](super::gate) says whether it is so.

pub mod issue;
pub mod revoke;

use super::key::Thumbprint;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};
use serde_json::{Map, Value};
use std::fmt;

/// No token that we would accept is longer.
pub const BYTES_MAX: usize = 8_192;

/// What a token says of itself.
#[derive(Debug)]
pub struct Unverified<'a> {
    pub kid: String,
    /// What it says it was signed with. Compared with the key's, never followed.
    pub alg: String,
    pub claims: Claims,
    /// What was signed.
    pub message: &'a [u8],
    /// The signature, in base64url.
    pub signature: &'a str,
}

/// What a token claims.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    pub iss: String,
    pub aud: Vec<String>,
    pub sub: String,
    pub jti: String,
    pub iat: i64,
    pub nbf: Option<i64>,
    pub exp: i64,
    /// Who acts for the subject (RFC 8693).
    pub act: Option<String>,
    /// The key that it is bound to (RFC 9449, 6.1).
    pub jkt: Option<Thumbprint>,
    /// Every claim, under the name the issuer gave it.
    pub all: Map<String, Value>,
}

/// Bytes that are not a token we would look at further. It does not repeat them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub &'static str);

/// Takes a token apart without believing it. Strict: one spelling, no doubled
/// claims, nothing critical that we do not know.
///
/// # Errors
/// If the bytes are not such a token.
pub fn read(bytes: &[u8]) -> Result<Unverified<'_>, Unreadable> {
    if bytes.len() > BYTES_MAX {
        return Err(Unreadable("the token is too long"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable("the token is not text"))?;
    let shape = Unreadable("the token is not three parts with dots between");
    let (message, signature) = text.rsplit_once('.').ok_or(shape)?;
    let (header, payload) = message.split_once('.').ok_or(shape)?;
    if payload.contains('.') || signature.is_empty() {
        return Err(shape);
    }
    BASE64.decode(signature).map_err(|_| Unreadable("the signature is not base64url"))?;
    let mut header = object(header, Unreadable("the header is not a JSON object"))?;
    let claims = object(payload, Unreadable("the claims are not a JSON object"))?;
    if header.contains_key("crit") {
        return Err(Unreadable("the header has something critical that is not known here"));
    }
    check_type(&header)?;
    let kid = take_text(&mut header, "kid", Unreadable("the header names no key in `kid`"))?;
    let alg = take_text(&mut header, "alg", Unreadable("the header names no `alg`"))?;
    Ok(Unverified { kid, alg, claims: Claims::of(claims)?, message: message.as_bytes(), signature })
}

/// A proof or a logout notice signed by the same issuer is not an access token.
fn check_type(header: &Map<String, Value>) -> Result<(), Unreadable> {
    match header.get("typ").map(Value::as_str) {
        None => Ok(()),
        Some(Some(typ)) if ["jwt", "at+jwt"].contains(&typ.to_ascii_lowercase().as_str()) => Ok(()),
        Some(_) => Err(Unreadable("the header says that this is not an access token")),
    }
}

pub(super) fn object(part: &str, bad: Unreadable) -> Result<Map<String, Value>, Unreadable> {
    let bytes = BASE64.decode(part).map_err(|_| bad)?;
    serde_json::from_slice::<Unique>(&bytes).map(|object| object.0).map_err(|_| bad)
}

pub(super) fn take_text(
    object: &mut Map<String, Value>,
    name: &str,
    bad: Unreadable,
) -> Result<String, Unreadable> {
    match object.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        _ => Err(bad),
    }
}

impl Claims {
    fn of(all: Map<String, Value>) -> Result<Self, Unreadable> {
        let text = |name: &str, bad| match all.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            _ => Err(Unreadable(bad)),
        };
        let time = |name: &str, bad| all.get(name).and_then(Value::as_i64).ok_or(Unreadable(bad));
        let nbf = all.contains_key("nbf");
        Ok(Self {
            iss: text("iss", "the token names no issuer in `iss`")?,
            aud: audience(all.get("aud"))?,
            sub: text("sub", "the token names no subject in `sub`")?,
            jti: text("jti", "the token has no `jti`")?,
            iat: time("iat", "the token has no `iat` in whole seconds")?,
            nbf: nbf.then(|| time("nbf", "`nbf` is not in whole seconds")).transpose()?,
            exp: time("exp", "the token has no `exp` in whole seconds")?,
            act: actor(all.get("act"))?,
            jkt: confirmed(all.get("cnf"))?,
            all,
        })
    }
}

fn audience(claim: Option<&Value>) -> Result<Vec<String>, Unreadable> {
    let bad = Unreadable("the token is meant for nobody: `aud`");
    match claim {
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(some)) => {
            let names = some.iter().map(|name| name.as_str().map(str::to_owned));
            names.collect::<Option<_>>().ok_or(bad)
        }
        _ => Err(bad),
    }
}

fn actor(claim: Option<&Value>) -> Result<Option<String>, Unreadable> {
    let Some(act) = claim else { return Ok(None) };
    // Somebody acting for somebody acting for somebody would need more columns
    // in the audit log than there are; two are recorded, so two are allowed.
    match (act.get("sub"), act.get("act")) {
        (Some(Value::String(sub)), None) if !sub.is_empty() => Ok(Some(sub.clone())),
        _ => Err(Unreadable("`act` does not name one actor in `sub`")),
    }
}

/// A token that is bound in a way that is not known here is not taken for one
/// that is not bound.
fn confirmed(claim: Option<&Value>) -> Result<Option<Thumbprint>, Unreadable> {
    let Some(cnf) = claim else { return Ok(None) };
    let jkt = match cnf.as_object() {
        Some(ways) if ways.len() == 1 => ways.get("jkt").and_then(Value::as_str),
        _ => None,
    };
    let jkt = jkt.and_then(|text| text.parse().ok());
    jkt.map(Some).ok_or(Unreadable("`cnf` does not name one key in `jkt`"))
}

/// A JSON object in which no name is twice.
struct Unique(Map<String, Value>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Unique;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
                let mut object = Map::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if object.insert(name, value).is_some() {
                        return Err(de::Error::custom("a name is twice"));
                    }
                }
                Ok(Unique(object))
            }
        }
        d.deserialize_map(Members)
    }
}
