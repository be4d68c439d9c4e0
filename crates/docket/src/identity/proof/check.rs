//! Whether a proof is about this request. Pure.

use super::{Seal, Unverified, WITHIN, invalid, mismatch, read};
use crate::identity::key::Thumbprint;
use jiff::Timestamp;
use kernel::{
    canonical::Digest,
    refusal::{Code, Refusal},
};
use reqwest::Url;
use sha2::{Digest as _, Sha256};

/// A request, as far as it is known before its body is read.
pub struct Request<'a> {
    /// The scheme of `Authorization` is the one for tokens that are bound.
    pub bound: bool,
    pub token: &'a str,
    /// Everything that calls itself a proof.
    pub proofs: Vec<&'a [u8]>,
    pub method: &'a str,
    /// Where it may have been sent to: every address of ours that it can have
    /// been meant for, with its path.
    pub addresses: Vec<Url>,
}

/// A proof that holds, and was not spent yet.
pub(in crate::identity) struct Checked {
    pub seal: Seal,
    /// What it is remembered by: bounded, whatever its maker called it.
    pub nonce: Digest,
    /// When it cannot be valid any more.
    pub until: Timestamp,
}

/// Asks everything of a proof that can be asked without looking anything up.
///
/// # Errors
/// See the order in [`super`].
pub(in crate::identity) fn check(
    proof: &[u8],
    key: Thumbprint,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Checked, Box<Refusal>> {
    let proof = read(proof).map_err(|no| invalid(no.to_string()))?;
    // Before the signature: whoever has only the token makes us reckon nothing.
    if proof.key.thumbprint != key {
        let detail = "the proof is made with another key than the token is bound to";
        return Err(Refusal::new(Code::ProofOtherKey, detail));
    }
    hold(&proof)?;
    about(&proof, request)?;
    let until = fresh(proof.iat, now)?;
    let nonce = Digest::of_bytes(format!("{key} {}", proof.jti).as_bytes());
    Ok(Checked { seal: Seal::new(key, proof.bh), nonce, until })
}

fn hold(proof: &Unverified<'_>) -> Result<(), Box<Refusal>> {
    let (key, algorithm) = (&proof.key.key, proof.key.algorithm);
    match jsonwebtoken::crypto::verify(proof.signature, proof.message, key, algorithm) {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(invalid("the signature of the proof does not hold")),
    }
}

fn about(proof: &Unverified<'_>, request: &Request<'_>) -> Result<(), Box<Refusal>> {
    if proof.htm != request.method {
        return Err(mismatch("the proof is for another method"));
    }
    let meant = Url::parse(&proof.htu).map_err(|_| mismatch("`htu` is not an address"))?;
    let meant = normal(meant);
    if meant.is_none() || !request.addresses.iter().any(|here| normal(here.clone()) == meant) {
        return Err(mismatch("the proof is for another address"));
    }
    if proof.ath != <[u8; 32]>::from(Sha256::digest(request.token)) {
        return Err(mismatch("the proof is for another token"));
    }
    Ok(())
}

/// When a proof ends that was made at `iat`, if it has begun and has not ended.
fn fresh(iat: i64, now: Timestamp) -> Result<Timestamp, Box<Refusal>> {
    let late = |detail: &str| Refusal::new(Code::ProofTime, detail).fact("now", now.as_second());
    let made = Timestamp::from_second(iat).map_err(|_| late("`iat` is not a time"))?;
    let until = made.checked_add(WITHIN).map_err(|_| late("`iat` is not a time"))?;
    if now > until {
        return Err(late("the proof was made more than 30 seconds ago"));
    }
    if made.duration_since(now) > WITHIN {
        return Err(late("the proof was made more than 30 seconds from now"));
    }
    Ok(until)
}

/// An address in the one spelling that all its spellings share (RFC 3986, 6.2.2
/// and 6.2.3), without query and fragment (RFC 9449, 4.3). Nothing, if it is not
/// one of HTTP, or names who asks.
fn normal(mut url: Url) -> Option<String> {
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() {
        return None;
    }
    if url.password().is_some() {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    Some(format!("{}{}", url.origin().ascii_serialization(), unescaped(url.path())))
}

/// A path in which nothing is escaped that need not be, and the rest in capitals.
fn unescaped(path: &str) -> String {
    let mut parts = path.split('%');
    let mut said = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        match u8::from_str_radix(code, 16) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                said.push(byte.into());
            }
            Ok(_) | Err(_) => {
                said.push('%');
                said.push_str(&code.to_ascii_uppercase());
            }
        }
        said.push_str(rest);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        let [one, other] = [one, other].map(|text| normal(text.parse().unwrap()));
        one.is_some() && one == other
    }

    #[test]
    fn an_address_is_the_same_in_all_its_spellings_and_whatever_it_asks() {
        let here = "https://docket.example/v1/tickets/a-b";
        for spelt in [
            "HTTPS://Docket.Example/v1/tickets/a-b",
            "https://docket.example:443/v1/tickets/a-b",
            "https://docket.example/v1/tickets/a%2Db?limit=3#top",
            "https://docket.example/v1/./tickets/%61-b",
        ] {
            assert!(same(here, spelt), "{spelt}");
        }
        assert!(same("http://a/%7e%2f", "http://a/~%2F"));
    }

    #[test]
    fn another_scheme_host_port_or_path_is_another_address() {
        let here = "https://docket.example/v1/tickets/a";
        for other in [
            "http://docket.example/v1/tickets/a",
            "https://docket.example:8443/v1/tickets/a",
            "https://docket.example.org/v1/tickets/a",
            "https://docket.example/v1/tickets/A",
            "https://docket.example/v1/tickets/a/",
            "https://docket.example/v1/tickets%2Fa",
            "https://me@docket.example/v1/tickets/a",
            "ftp://docket.example/v1/tickets/a",
        ] {
            assert!(!same(here, other), "{other}");
        }
    }

    #[test]
    fn a_proof_holds_for_thirty_seconds_either_way_and_not_a_moment_longer() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let made = at("2026-03-02T09:00:00Z").as_second();
        for (now, holds) in [
            ("2026-03-02T08:59:29.999Z", false),
            ("2026-03-02T08:59:30Z", true),
            ("2026-03-02T09:00:30Z", true),
            ("2026-03-02T09:00:30.001Z", false),
        ] {
            let until = fresh(made, at(now));
            assert_eq!(until.is_ok(), holds, "{now}");
            assert!(until.is_err() || until.unwrap() == at("2026-03-02T09:00:30Z"));
        }
        for never in [i64::MIN, i64::MAX] {
            assert_eq!(fresh(never, at("2026-03-02T09:00:00Z")).unwrap_err().code, Code::ProofTime);
        }
    }
}
