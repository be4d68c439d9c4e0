//! Taking a proof apart without believing it.

use super::TYPE;
use crate::identity::{
    key::Thumbprint,
    token::{Unreadable, object, take_text},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

/// No proof that we would look at is longer.
pub const BYTES_MAX: usize = 4_096;
/// No name of a proof is longer, in bytes.
const JTI_MAX: usize = 255;

/// What a proof says of itself.
pub struct Unverified<'a> {
    pub key: Holder,
    pub jti: String,
    /// The method that it is about, and the address.
    pub htm: String,
    pub htu: String,
    /// In seconds since 1970.
    pub iat: i64,
    /// The SHA-256 of the access token.
    pub ath: [u8; 32],
    /// The SHA-256 of the body.
    pub bh: [u8; 32],
    /// What was signed.
    pub message: &'a [u8],
    /// The signature, in base64url.
    pub signature: &'a str,
}

/// The public key in a proof, and the one algorithm that it signs with.
pub struct Holder {
    pub thumbprint: Thumbprint,
    pub algorithm: Algorithm,
    pub key: DecodingKey,
}

/// Takes a proof apart. Strict: one spelling, no doubled claims, a public key
/// and nothing of a private one, no symmetric algorithm.
///
/// # Errors
/// If the bytes are not such a proof.
pub fn read(bytes: &[u8]) -> Result<Unverified<'_>, Unreadable> {
    if bytes.len() > BYTES_MAX {
        return Err(Unreadable("the proof is too long"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable("the proof is not text"))?;
    let shape = Unreadable("the proof is not three parts with dots between");
    let (message, signature) = text.rsplit_once('.').ok_or(shape)?;
    let (header, payload) = message.split_once('.').ok_or(shape)?;
    if payload.contains('.') || signature.is_empty() {
        return Err(shape);
    }
    BASE64.decode(signature).map_err(|_| Unreadable("the signature is not base64url"))?;
    let header = object(header, Unreadable("the header of the proof is not a JSON object"))?;
    let mut claims = object(payload, Unreadable("the claims of the proof are not a JSON object"))?;
    let key = holder(header)?;
    let jti = take_text(&mut claims, "jti", Unreadable("the proof has no `jti`"))?;
    if jti.len() > JTI_MAX {
        return Err(Unreadable("the `jti` of the proof is too long"));
    }
    Ok(Unverified {
        key,
        jti,
        htm: take_text(&mut claims, "htm", Unreadable("the proof names no method in `htm`"))?,
        htu: take_text(&mut claims, "htu", Unreadable("the proof names no address in `htu`"))?,
        iat: time(&claims)?,
        ath: take_bytes(
            &mut claims,
            "ath",
            Unreadable("the proof has no SHA-256 of the token in `ath`"),
        )?,
        bh: take_bytes(
            &mut claims,
            "bh",
            Unreadable("the proof has no SHA-256 of the body in `bh`"),
        )?,
        message: message.as_bytes(),
        signature,
    })
}

/// The key, with the algorithm that keys of its kind sign with; the proof has
/// to say the same and decides nothing.
fn holder(mut header: Map<String, Value>) -> Result<Holder, Unreadable> {
    if header.contains_key("crit") {
        return Err(Unreadable("the proof has something critical that is not known here"));
    }
    if header.get("typ").and_then(Value::as_str) != Some(TYPE) {
        return Err(Unreadable("the `typ` of the proof is not `dpop+jwt`"));
    }
    let alg = take_text(&mut header, "alg", Unreadable("the proof names no `alg`"))?;
    let Some(Value::Object(jwk)) = header.remove("jwk") else {
        return Err(Unreadable("the proof has no public key in `jwk`"));
    };
    let key = public(jwk)?;
    let named = match key.algorithm {
        Algorithm::ES256 => "ES256",
        _ => "EdDSA",
    };
    if alg != named {
        return Err(Unreadable("the `alg` of the proof is not the one of its key"));
    }
    Ok(key)
}

/// What a public key may have; what is beside it may be half of a private one.
const MEMBERS: [&str; 9] = ["kty", "crv", "x", "y", "kid", "use", "alg", "key_ops", "ext"];

fn public(mut jwk: Map<String, Value>) -> Result<Holder, Unreadable> {
    if jwk.keys().any(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(Unreadable("the `jwk` holds more than a public key"));
    }
    let unknown = Unreadable("the `jwk` is neither an Ed25519 key nor one on P-256");
    let kind = take_text(&mut jwk, "kty", unknown)?;
    let curve = take_text(&mut jwk, "crv", unknown)?;
    let x = take_bytes(&mut jwk, "x", unknown)?;
    match (kind.as_str(), curve.as_str()) {
        ("OKP", "Ed25519") => Ok(Holder {
            thumbprint: Thumbprint::of_ed25519(&x),
            algorithm: Algorithm::EdDSA,
            key: DecodingKey::from_ed_der(&x),
        }),
        ("EC", "P-256") => {
            let y = take_bytes(&mut jwk, "y", unknown)?;
            // A point as SEC 1 writes it, uncompressed.
            let point = [&[4], x.as_slice(), y.as_slice()].concat();
            Ok(Holder {
                thumbprint: Thumbprint::of_p256(&x, &y),
                algorithm: Algorithm::ES256,
                key: DecodingKey::from_ec_der(&point),
            })
        }
        _ => Err(unknown),
    }
}

fn time(claims: &Map<String, Value>) -> Result<i64, Unreadable> {
    let iat = claims.get("iat").and_then(Value::as_i64);
    iat.ok_or(Unreadable("the proof has no `iat` in whole seconds"))
}

/// 32 bytes in base64url, in their one spelling.
fn take_bytes(
    object: &mut Map<String, Value>,
    name: &str,
    bad: Unreadable,
) -> Result<[u8; 32], Unreadable> {
    let text = take_text(object, name, bad)?;
    let bytes = BASE64.decode(text).map_err(|_| bad)?;
    bytes.try_into().map_err(|_| bad)
}
