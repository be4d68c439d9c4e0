//! The file, as it is written. Everything that has a default may be left out.

use super::{SecretRef, outbox};
use ipnet::IpNet;
use kernel::{
    id::{Id, Tenant},
    role::Role,
};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt, net::SocketAddr, path::PathBuf};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub data: Option<PathBuf>,
    pub database: Option<String>,
    pub listen: Option<SocketAddr>,
    pub issuer: String,
    pub audience: String,
    pub origin: String,
    pub url: Option<String>,
    pub tls: Option<Tls>,
    #[serde(default)]
    pub proxy: Proxy,
    #[serde(default)]
    pub oidc: Vec<Oidc>,
    #[serde(default)]
    pub evidence: Evidence,
    #[serde(default)]
    pub outbox: outbox::Section,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub metrics: Metrics,
    #[serde(default)]
    pub log: Log,
    #[serde(default)]
    pub jobs: Jobs,
    #[serde(default)]
    pub witness: Vec<Witness>,
    pub postgres: Option<Postgres>,
}

/// What a URL does not say of a PostgreSQL.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Postgres {
    pub password: Option<SecretRef>,
    pub ca: Option<PathBuf>,
    pub connections: Option<u16>,
    pub owner: Option<String>,
    pub owner_password: Option<SecretRef>,
}

/// Files of the certificate chain and of its key, in PEM.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    pub cert: PathBuf,
    pub key: PathBuf,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proxy {
    #[serde(default)]
    pub trusted: Vec<IpNet>,
}

/// An issuer of tokens that is not ours, and how to read what it says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// Its `iss`, letter for letter.
    pub issuer: String,
    pub audience: String,
    /// Where it publishes its keys.
    pub jwks: String,
    /// What its keys may sign with.
    pub algorithms: Vec<Algorithm>,
    /// The one tenant it speaks for, or else the claim that names it.
    pub tenant: Option<Id<Tenant>>,
    pub tenant_claim: Option<String>,
    /// The claim that names the principal as the tenant registered it.
    #[serde(default = "sub")]
    pub subject_claim: String,
    pub roles_claim: String,
    /// What it calls our roles. Without it, its words are ours.
    pub roles: Option<BTreeMap<String, Role>>,
}

fn sub() -> String {
    "sub".to_owned()
}

/// Signatures that can be checked with a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Algorithm {
    #[serde(rename = "EdDSA")]
    EdDsa,
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "RS256")]
    Rs256,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Evidence {
    pub store: Option<String>,
    pub endpoint: Option<String>,
    pub region: Option<String>,
    pub access_key: Option<SecretRef>,
    pub secret_key: Option<SecretRef>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    pub body_bytes: Option<u32>,
    pub evidence_bytes: Option<u32>,
    pub header_seconds: Option<u16>,
    pub idle_seconds: Option<u16>,
    pub connections: Option<u32>,
    pub concurrency: Option<u32>,
    pub requests_per_second: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metrics {
    pub credential: Option<SecretRef>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    pub format: Option<LogFormat>,
    pub level: Option<LogLevel>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Jobs {
    pub slots: Option<u16>,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($word:ident = $text:literal),* $(,)? })*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        pub enum $name { $(#[serde(rename = $text)] $word),* }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$word => $text),* })
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$word),)*
                    _ => Err(format!("use one of {}", [$($text),*].join(", "))),
                }
            }
        })*
    };
}

words! {
    /// How log lines are written.
    LogFormat { Text = "text", Json = "json" }
    /// How much is logged.
    LogLevel { Error = "error", Warn = "warn", Info = "info", Debug = "debug", Trace = "trace" }
}

/// Somebody else who signs our checkpoints.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    pub name: String,
    /// Its verifier key, as `name+hash+key`.
    pub key: String,
    pub url: String,
}
