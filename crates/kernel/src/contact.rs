//! Ways to reach a person, written so that the same person compares equal.
//!
//! What must stay true:
//!
//! * One number, however it was typed, is one [`Phone`]; so with an [`Email`].
//! * Neither a refusal nor a debug line repeats what was typed: it is somebody's.

mod email;

pub use email::{BadEmail, Email};

use phonelib::{ParseError, PhoneNumber};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

/// A phone number in E.164, `+12025550173`. JSON has to spell it that way;
/// what people type goes through [`Phone::read`].
///
/// A number is valid if its numbering plan has numbers of that length. Whether
/// anybody answers is another question.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub struct Phone(String);

/// Why something is not a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPhone {
    #[error("the phone number has characters that no phone number has")]
    NotANumber,
    #[error("the phone number does not say its country; begin with `+` and the country code")]
    NoCountry,
    #[error("no country has this calling code")]
    UnknownCountry,
    #[error("the region is not a country of ISO 3166, like `US`")]
    UnknownRegion,
    #[error("the phone number has too few or too many digits for its country")]
    Length,
    #[error("the area code or exchange is not in use")]
    NotInUse,
    #[error("the phone number has an extension; write the extension in a note")]
    Extension,
    #[error("expected a phone number in E.164, like `+12025550173`")]
    NotE164,
}

/// More than any punctuation of 15 digits needs.
const TYPED_MAX: usize = 64;

impl Phone {
    /// Reads what somebody typed. `region` (ISO 3166 alpha-2) says where a
    /// number without a country code belongs.
    pub fn read(typed: &str, region: &str) -> Result<Self, BadPhone> {
        if typed.len() > TYPED_MAX {
            return Err(BadPhone::Length);
        }
        let number = PhoneNumber::try_parse_with_country(typed, region).map_err(BadPhone::from)?;
        // Dropping it would make everybody behind one switchboard compare equal.
        if number.extension().is_some() {
            return Err(BadPhone::Extension);
        }
        Ok(Self(number.e164().to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<ParseError> for BadPhone {
    fn from(wrong: ParseError) -> Self {
        match wrong {
            ParseError::MissingCallingCode => Self::NoCountry,
            ParseError::UnknownCountryCode => Self::UnknownCountry,
            ParseError::UnknownCountry => Self::UnknownRegion,
            ParseError::TooLong | ParseError::TooShort | ParseError::InvalidLength => Self::Length,
            ParseError::InvalidAreaCode | ParseError::InvalidExchange => Self::NotInUse,
            // The parser's list may grow; what it adds is still not a number.
            _ => Self::NotANumber,
        }
    }
}

impl TryFrom<Cow<'_, str>> for Phone {
    type Error = BadPhone;

    fn try_from(text: Cow<'_, str>) -> Result<Self, BadPhone> {
        let digits = text.strip_prefix('+').ok_or(BadPhone::NotE164)?;
        if digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadPhone::NotE164);
        }
        let number = PhoneNumber::try_parse(&text).map_err(BadPhone::from)?;
        if number.e164() == text { Ok(Self(text.into_owned())) } else { Err(BadPhone::NotE164) }
    }
}
impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}
impl JsonSchema for Phone {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Phone".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^\\+[1-9][0-9]{1,14}$", "description": "E.164" })
    }
}
