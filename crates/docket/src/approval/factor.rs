//! The second factor: a code that is sent to the customer's contact, and that
//! whoever approves has to know.
//!
//! It is kept only as a MAC of the code under the digest of the request, so a
//! code is worth nothing for another request or another amount.

use crate::db::Tx;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    canonical::Digest,
    id::{Contact, Id},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::Sha256;
use std::borrow::Cow;

/// How long a code can be used.
const LIVES: SignedDuration = SignedDuration::from_mins(30);
/// After so many wrong codes none is right any more.
const TRIES: i64 = 5;
const DIGITS: usize = 8;

/// What is kept of a code that was sent.
#[derive(Clone, Debug)]
pub(crate) struct Factor {
    pub contact: Id<Contact>,
    pub mac: Vec<u8>,
    pub expires_at: Timestamp,
    pub tries: i64,
}

/// A code as somebody typed it. It cannot be printed.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Code(SecretString);

/// Text that is no code; it does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a code of {DIGITS} digits")]
pub struct BadCode;

impl TryFrom<String> for Code {
    type Error = BadCode;

    fn try_from(text: String) -> Result<Self, BadCode> {
        let digits = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { Ok(Self(text.into())) } else { Err(BadCode) }
    }
}

impl JsonSchema for Code {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{8}$", "writeOnly": true })
    }
}

impl Factor {
    /// A new code, and what is kept of it.
    pub(super) fn draw(tx: &Tx<'_>, contact: Id<Contact>, request: Digest) -> (Self, SecretString) {
        // 128 bits of luck make the bias of the remainder too small to matter.
        let code = SecretString::from(format!("{:0DIGITS$}", tx.luck() % 10_u128.pow(8)));
        let mac = mac(request, &code).finalize().into_bytes().to_vec();
        let expires_at = tx.now().checked_add(LIVES).unwrap_or(Timestamp::MAX);
        (Self { contact, mac, expires_at, tries: 0 }, code)
    }

    /// Whether no code can be right any more.
    pub(super) fn is_spent(&self, now: Timestamp) -> bool {
        self.tries_left() == 0 || now >= self.expires_at
    }

    pub(super) fn tries_left(&self) -> i64 {
        TRIES.saturating_sub(self.tries).max(0)
    }

    /// Whether this is the code, compared in constant time.
    pub(super) fn is(&self, code: &Code, request: Digest) -> bool {
        mac(request, &code.0).verify_slice(&self.mac).is_ok()
    }
}

fn mac(request: Digest, code: &SecretString) -> Hmac<Sha256> {
    let keyed = Hmac::<Sha256>::new_from_slice(&request.0);
    let mut mac = keyed.expect("a MAC takes a key of any length");
    mac.update(code.expose_secret().as_bytes());
    mac
}
