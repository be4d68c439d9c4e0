//! The configuration of one deployment: typed, and refused where it is not understood.
//!
//! What must stay true:
//!
//! * An unknown key is refused, so a misspelt one never means the default.
//! * Nothing that decides who gets in has a default.
//! * A secret is a reference, and is shown as one.
//! * Beyond loopback there is TLS or a proxy that was named; to a database
//!   beyond this machine there is TLS.
//!
//! A value comes from the environment (a few), else from the file, else it is
//! the default; [`Config::shown`] says which.

mod database;
mod file;
mod outbox;
mod secret;
mod settle;
#[cfg(test)]
mod tests;

pub use database::{Database, Postgres};
pub use file::{Algorithm, LogFormat, LogLevel, Oidc, Tls, Witness};
pub use outbox::{Outbox, PrivateUrl, Sms, Smtp, SmtpTls, Way, Webhook};
pub use secret::{NotAReference, SecretRef};
pub(crate) use settle::{SLOTS, is_loopback};

use ipnet::IpNet;
use reqwest::Url;
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

/// Where `docket init` puts things, and where every other command looks for them.
pub const DEFAULT_PATH: &str = "docket-data/docket.toml";

/// What a deployment runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the keys and, by default, of the database and the evidence.
    pub data: PathBuf,
    pub database: Database,
    pub listen: SocketAddr,
    /// What Docket calls itself in the tokens it issues.
    pub issuer: String,
    /// Whom a token has to be meant for.
    pub audience: String,
    /// What the audit log is called, for as long as there is one.
    pub origin: String,
    /// Where those who are not on this machine reach the server.
    pub url: Option<Url>,
    pub tls: Option<Tls>,
    /// Proxies whose word about the client's address counts.
    pub proxies: Vec<IpNet>,
    pub oidc: Vec<Oidc>,
    pub evidence: Evidence,
    pub outbox: Outbox,
    pub limits: Limits,
    /// What a reader of the metrics has to show; without it there are none.
    pub metrics: Option<SecretRef>,
    pub log: Log,
    /// How many jobs a server runs at once beside what it serves; 0 leaves them
    /// to others.
    pub slots: usize,
    pub witnesses: Vec<Witness>,
    /// Every effective value and where it came from, for a person to read.
    pub shown: Vec<Shown>,
}

/// One effective value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub key: String,
    pub value: String,
    pub from: From,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    Default,
    File,
    Environment(&'static str),
}

impl std::fmt::Display for From {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File => f.write_str("file"),
            Self::Environment(name) => f.write_str(name),
        }
    }
}

/// Where evidence is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    Folder(PathBuf),
    Bucket {
        name: String,
        endpoint: Option<String>,
        region: Option<String>,
        /// The access key and its secret.
        keys: Option<(SecretRef, SecretRef)>,
    },
}

/// What a client may ask of us at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub body_bytes: usize,
    pub evidence_bytes: u64,
    pub header_timeout: Duration,
    pub idle_timeout: Duration,
    pub connections: usize,
    pub concurrency: usize,
    /// How many requests a second one token may send; 0 is no limit.
    pub requests_per_second: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct Log {
    pub format: LogFormat,
    pub level: LogLevel,
}

/// A configuration that is not used.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    #[error("`{path}` cannot be read; `docket init` makes one, `--config` names another")]
    Unreadable {
        path: String,
        #[source]
        cause: std::io::Error,
    },
    #[error("`{path}` is not a configuration: {text}")]
    Malformed { path: String, text: String },
    #[error("`{key}`: {text}")]
    Wrong { key: String, text: String },
}

impl BadConfig {
    pub(crate) fn wrong(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Wrong { key: key.into(), text: text.into() }
    }
}

impl Config {
    /// Reads the file and the environment of the process.
    ///
    /// # Errors
    /// If the file cannot be read or is not understood.
    pub fn load(path: &Path) -> Result<Self, BadConfig> {
        Self::load_with(path, |name| std::env::var(name).ok())
    }

    /// Reads the file, and the environment from `env`.
    ///
    /// # Errors
    /// See [`Config::load`].
    pub fn load_with(path: &Path, env: impl Fn(&str) -> Option<String>) -> Result<Self, BadConfig> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|cause| BadConfig::Unreadable { path: shown, cause })?;
        Self::read(&text, path, env)
    }

    /// Understands the text of a file that lies at `path`; relative paths in it
    /// are meant from there.
    ///
    /// # Errors
    /// If a key is unknown, a value is missing, or what it says is not safe.
    pub fn read(
        text: &str,
        path: &Path,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, BadConfig> {
        let file: file::File =
            toml::from_str(text).map_err(|error| malformed(&error, text, path))?;
        let config = settle::settle(file, path.parent().unwrap_or(Path::new("")), env)?;
        config.check_listen()?;
        Ok(config)
    }

    /// What is said in the clear can be read and replayed by whoever is on the way.
    fn check_listen(&self) -> Result<(), BadConfig> {
        if self.listen.ip().is_loopback() {
            return Ok(());
        }
        if self.tls.is_some() || !self.proxies.is_empty() {
            // Whoever proves that a request is theirs names where they sent it.
            let text = "say where callers reach this server, like `https://docket.example.com`";
            let known = self.url.is_some();
            return known.then_some(()).ok_or_else(|| BadConfig::wrong("url", text));
        }
        let text = format!(
            "`{}` is not loopback; set `[tls]`, or name the proxy that ends TLS in `[proxy] trusted`",
            self.listen
        );
        Err(BadConfig::wrong("listen", text))
    }

    /// Whether an address is one of the proxies that were named.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|net| net.contains(&address.to_canonical()))
    }

    /// The folder of all private keys.
    pub fn keys(&self) -> PathBuf {
        self.data.join("keys")
    }
}

/// Names the line and never quotes it: a secret may have been written there.
fn malformed(error: &toml::de::Error, text: &str, path: &Path) -> BadConfig {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let text = format!("line {line}: {}", error.message());
    BadConfig::Malformed { path: path.display().to_string(), text }
}

/// Root could read and write everything; a server needs none of it.
///
/// # Errors
/// If the process runs as root and nobody said that it may.
pub fn refuse_root(allow_root: bool) -> Result<(), BadConfig> {
    if rustix::process::geteuid().is_root() && !allow_root {
        let text = "refuses to run as root; use an account of its own, or say `--allow-root`";
        return Err(BadConfig::wrong("serve", text));
    }
    Ok(())
}
