//! A policy token as somebody sent it.

use kernel::policy::{TOKEN_BYTES_MAX, Token};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::borrow::Cow;

/// A policy token as somebody sent it. It cannot be printed. Whether it is one
/// at all is asked where it is used, so that a bad one is refused as such.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "String")]
pub struct Sent(SecretString);

impl Sent {
    pub(super) fn read(&self) -> Result<Token, kernel::policy::BadToken> {
        self.0.expose_secret().parse()
    }
}

impl From<String> for Sent {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl JsonSchema for Sent {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PolicyToken".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": TOKEN_BYTES_MAX, "writeOnly": true })
    }
}
