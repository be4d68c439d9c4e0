//! Secrets: named in the configuration, never written there.

use super::BadConfig;
use secrecy::SecretString;
use serde::Deserialize;
use std::{fmt, path::PathBuf, str::FromStr};

/// Where a secret is to be found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum SecretRef {
    Env(String),
    File(PathBuf),
}

/// Text that names no secret. It does not repeat the text, which may be one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is given by reference: `env:NAME` or `file:PATH`")]
pub struct NotAReference;

impl FromStr for SecretRef {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, NotAReference> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err(NotAReference),
        }
    }
}

impl TryFrom<String> for SecretRef {
    type Error = NotAReference;

    fn try_from(text: String) -> Result<Self, NotAReference> {
        text.parse()
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl SecretRef {
    /// Fetches the secret. An empty one is none.
    ///
    /// # Errors
    /// If there is no such variable or file, or nothing in it.
    pub fn resolve(&self) -> Result<SecretString, BadConfig> {
        let text = match self {
            Self::Env(name) => std::env::var(name).map_err(|error| error.to_string()),
            Self::File(path) => std::fs::read_to_string(path).map_err(|error| error.to_string()),
        };
        let text = text.map_err(|why| BadConfig::wrong(self.to_string(), why))?;
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err(BadConfig::wrong(self.to_string(), "the secret is empty")),
            secret => Ok(SecretString::from(secret)),
        }
    }
}
