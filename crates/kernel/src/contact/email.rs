use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, cmp::Ordering, fmt, hash, str::FromStr};

/// An e-mail address: ASCII, `local@domain`, at most 254 bytes.
///
/// The domain is kept in lower case and the local part as it was typed, because
/// a mail server may tell `Ada` from `ada`. Comparing ignores case everywhere:
/// mailboxes that differ only in capitals belong to one person, and to treat
/// them as two would help an impostor.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub struct Email(String);

/// Why something is not an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEmail {
    #[error("the e-mail address is longer than 254 characters, or its first part than 64")]
    TooLong,
    #[error("the e-mail address has other characters than ASCII; write the domain as `xn--…`")]
    NotAscii,
    #[error("the e-mail address needs one @ between its two parts")]
    NoAt,
    #[error("the part before the @ is not one that mail is sent to")]
    Local,
    #[error("the part after the @ is not a domain like `example.com`")]
    Domain,
}

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address in lower case: what to compare, and what to keep unique.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FromStr for Email {
    type Err = BadEmail;

    fn from_str(typed: &str) -> Result<Self, BadEmail> {
        let address = typed.trim();
        if !address.is_ascii() {
            return Err(BadEmail::NotAscii);
        }
        let (local, domain) = address.rsplit_once('@').ok_or(BadEmail::NoAt)?;
        if address.len() > 254 || local.len() > 64 {
            return Err(BadEmail::TooLong);
        }
        if !local.split('.').all(is_atom) {
            return Err(BadEmail::Local);
        }
        let domain = domain.to_ascii_lowercase();
        if is_domain(&domain) {
            Ok(Self(format!("{local}@{domain}")))
        } else {
            Err(BadEmail::Domain)
        }
    }
}

/// An atom of RFC 5322. Quoted local parts are legal, and nobody has one.
fn is_atom(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    !text.is_empty() && text.bytes().all(plain)
}

fn is_domain(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    // An address literal or a bare host is reachable only from where it is.
    let public = domain.contains('.') && last.bytes().any(|byte| byte.is_ascii_lowercase());
    public && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(plain)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl TryFrom<Cow<'_, str>> for Email {
    type Error = BadEmail;

    fn try_from(text: Cow<'_, str>) -> Result<Self, BadEmail> {
        text.parse()
    }
}
impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}
impl Eq for Email {}
impl PartialOrd for Email {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Email {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
impl hash::Hash for Email {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}
impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}
impl JsonSchema for Email {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Email".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "email", "maxLength": 254 })
    }
}
