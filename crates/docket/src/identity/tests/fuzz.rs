//! Any bytes at all as a token: taken apart or refused, and never believed.

use super::BASE64;
use crate::identity::token;
use base64::Engine;
use bolero::check;

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
