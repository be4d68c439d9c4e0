//! Any bytes at all as a token or a proof: taken apart or refused, and never believed.

use super::BASE64;
use crate::identity::{
    proof::{
        self, Holder,
        make::{self, Outgoing},
    },
    token,
};
use base64::Engine;
use bolero::check;
use ed25519_dalek::SigningKey;
use jsonwebtoken::Algorithm;

#[test]
fn fuzz_token() {
    check!().for_each(|bytes: &[u8]| {
        let _ = token::read(bytes);
    });
}

/// Three parts of base64 get further than bytes that are not even that.
#[test]
fn fuzz_token_of_three_parts() {
    check!().with_type::<(Vec<u8>, Vec<u8>, Vec<u8>)>().for_each(|(head, claims, seal)| {
        let text = [head, claims, seal].map(|part| BASE64.encode(part)).join(".");
        let _ = token::read(text.as_bytes());
    });
}

#[test]
fn fuzz_token_with_damaged_claims() {
    check!().with_type::<(u16, u8)>().for_each(|(at, byte)| {
        let head = br#"{"alg":"EdDSA","kid":"k","typ":"JWT"}"#;
        let mut claims = br#"{"iss":"i","aud":"a","sub":"s","iat":1,"nbf":1,"exp":2,"jti":"j","roles":["qa"],"tenant":"t","act":{"sub":"x"}}"#.to_vec();
        let at = usize::from(*at) % claims.len();
        claims[at] = *byte;
        let text = [&head[..], &claims[..], &[0; 64]].map(|part| BASE64.encode(part)).join(".");
        if let Ok(token) = token::read(text.as_bytes()) {
            assert_eq!(token.alg, "EdDSA");
        }
    });
}

#[test]
fn fuzz_proof() {
    check!().for_each(|bytes: &[u8]| {
        let _ = proof::read(bytes);
    });
}

#[test]
fn fuzz_proof_of_three_parts() {
    check!().with_type::<(Vec<u8>, Vec<u8>, Vec<u8>)>().for_each(|(head, claims, seal)| {
        let text = [head, claims, seal].map(|part| BASE64.encode(part)).join(".");
        let _ = proof::read(text.as_bytes());
    });
}

/// Whatever a byte of it becomes, a proof that can be read is made with a public
/// key, by an algorithm that goes with that key, and holds for nobody else's.
#[test]
fn fuzz_proof_that_is_damaged() {
    let key = SigningKey::from_bytes(&[3; 32]);
    let about = Outgoing { method: "GET", url: "https://a/b", token: "t", body: b"" };
    let good = make::proof(&key, "j", "2026-03-02T09:00:00Z".parse().unwrap(), &about);
    let parts: Vec<_> = good.split('.').map(|part| BASE64.decode(part).unwrap()).collect();
    check!().with_type::<(u16, u8)>().for_each(|(at, byte)| {
        let mut parts = parts.clone();
        let at = usize::from(*at) % (parts[0].len() + parts[1].len());
        let (part, at) = if at < parts[0].len() { (0, at) } else { (1, at - parts[0].len()) };
        let same = parts[part][at] == *byte;
        parts[part][at] = *byte;
        let text = parts.iter().map(|part| BASE64.encode(part)).collect::<Vec<_>>().join(".");
        if let Ok(read) = proof::read(text.as_bytes()) {
            let algorithms = [Algorithm::EdDSA, Algorithm::ES256];
            assert!(algorithms.contains(&read.key.algorithm));
            let Holder { key, algorithm, .. } = &read.key;
            let holds = jsonwebtoken::crypto::verify(read.signature, read.message, key, *algorithm);
            assert_eq!(holds.is_ok_and(|holds| holds), same);
        }
    });
}
