//! Which database: a file in the data folder, or a PostgreSQL and as whom.

use super::{BadConfig, SecretRef};
use crate::db::{BadUrl, Options, Place};
use std::{fmt, path::PathBuf};

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// SQLite, in this file.
    File(PathBuf),
    Postgres(Postgres),
}

/// A PostgreSQL: where, as whom, and how to know that it is the right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postgres {
    /// `postgres://ROLE@HOST/DATABASE`, of the role that serves.
    pub url: String,
    pub password: Option<SecretRef>,
    /// Who vouches for its certificate, in PEM.
    pub ca: Option<PathBuf>,
    /// Connections that one process keeps.
    pub connections: u16,
    /// The same for the role that owns the schema and takes its steps. A
    /// machine that only serves need not know it.
    pub owner: Option<String>,
    pub owner_password: Option<SecretRef>,
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(postgres) => f.write_str(&postgres.url),
        }
    }
}

impl Database {
    /// Where to look into it without a server.
    ///
    /// # Errors
    /// See [`Postgres::serving`].
    pub fn place(&self) -> Result<Place, BadConfig> {
        Ok(match self {
            Self::File(path) => Place::File(path.clone()),
            Self::Postgres(postgres) => Place::Postgres(postgres.serving()?.into()),
        })
    }
}

impl Postgres {
    /// Enough for the commands of one machine; a server takes 100 by default.
    pub const CONNECTIONS: u16 = 16;

    /// How to connect as the role that serves.
    ///
    /// # Errors
    /// If the URL is not one that is used, or the password is not there.
    pub fn serving(&self) -> Result<Options, BadConfig> {
        self.options("database", &self.url, self.password.as_ref())
    }

    /// The role that serves.
    ///
    /// # Errors
    /// If the URL is not one that is used.
    pub fn serving_role(&self) -> Result<String, BadConfig> {
        Ok(self.options("database", &self.url, None)?.role().to_owned())
    }

    /// How to connect as the role that owns the schema.
    ///
    /// # Errors
    /// See [`Postgres::serving`]; and if nobody says which role that is.
    pub fn owning(&self) -> Result<Options, BadConfig> {
        let missing = || {
            let text = "name the role that owns the schema, as `postgres://ROLE@HOST/DATABASE`";
            BadConfig::wrong("postgres.owner", text)
        };
        let url = self.owner.as_ref().ok_or_else(missing)?;
        self.options("postgres.owner", url, self.owner_password.as_ref())
    }

    fn options(
        &self,
        key: &str,
        url: &str,
        password: Option<&SecretRef>,
    ) -> Result<Options, BadConfig> {
        let password = password.map(SecretRef::resolve).transpose()?;
        let read = Options::read(url, password.as_ref(), self.ca.clone(), self.connections.into());
        read.map_err(|bad| wrong(key, &bad))
    }

    /// Whether the URLs are ones that are used, before any password is fetched.
    pub(super) fn check(&self) -> Result<(), BadConfig> {
        if self.connections == 0 {
            return Err(BadConfig::wrong("postgres.connections", "at least one is needed"));
        }
        self.options("database", &self.url, None)?;
        self.owner.iter().try_for_each(|url| self.options("postgres.owner", url, None).map(drop))
    }
}

/// Without its causes: they may quote a URL that a password was written into.
fn wrong(key: &str, bad: &BadUrl) -> BadConfig {
    BadConfig::wrong(key, bad.to_string())
}
