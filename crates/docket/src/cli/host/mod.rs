//! The command line at the machine of a deployment: it reads the configuration
//! and opens the data itself. Whoever may do that may do anything; what they do
//! is recorded all the same.

mod config;
mod init;
mod key;
mod migrate;
mod token;

use super::Trouble;
use crate::{
    app,
    chance::{SystemChance, WallClock},
    config::{BadConfig, Config, DEFAULT_PATH, Database, NotAReference, SecretRef},
    db::Db,
    failure::Fault,
    identity::Issuer,
};
use clap::{Args, Subcommand};
use kernel::refusal::Chain;
use std::{future::Future, path::PathBuf, sync::Arc};

#[derive(Debug, Subcommand)]
pub enum Host {
    /// Make a new deployment: folder, configuration, keys, first tenant and admin.
    Init(init::Words),
    /// Bring the schema of a PostgreSQL up to date, as the role that owns it.
    ///
    /// Prints the steps that were taken and the rights of the role that serves.
    /// Run again it changes nothing.
    Migrate(migrate::Words),
    /// Make and revoke access tokens.
    #[command(subcommand)]
    Token(token::Words),
    /// See and rotate the keys that sign access tokens, and make one for a caller.
    #[command(subcommand)]
    Key(key::Words),
    /// See what the configuration comes to.
    #[command(subcommand)]
    Config(config::Words),
}

/// Which deployment.
#[derive(Args, Debug)]
pub struct At {
    /// The configuration of the deployment.
    #[arg(long, env = "DOCKET_CONFIG", default_value = DEFAULT_PATH, value_name = "FILE")]
    config: PathBuf,
}

impl Host {
    /// # Errors
    /// Usage, a refusal, or that the deployment cannot be opened.
    pub fn run(self) -> Result<(), Trouble> {
        match self {
            Self::Init(words) => words.run(),
            Self::Migrate(words) => words.run(),
            Self::Token(words) => words.run(),
            Self::Key(words) => words.run(),
            Self::Config(words) => words.run(),
        }
    }
}

impl At {
    /// The configuration of the deployment.
    ///
    /// # Errors
    /// If it cannot be read or is not understood.
    pub fn config(&self) -> Result<Config, Trouble> {
        Ok(Config::load(&self.config)?)
    }

    /// The database and the issuer of the deployment, and nothing else of it.
    fn open(&self) -> Result<(Db, Issuer), Trouble> {
        let config = self.config()?;
        if let Database::File(path) = &config.database
            && !path.exists()
        {
            let text = format!("there is no `{}`; `docket init` makes one", path.display());
            return Err(Trouble::Refused(text));
        }
        let (clock, chance) = (Arc::new(WallClock), Arc::new(SystemChance));
        let db = app::database(&config.database, clock, chance)?;
        Ok((db, app::issuer(&config)))
    }
}

/// Waits for work that has to be asked for by the asynchronous parts.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> Result<T, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Fault::Other(format!("no runtime: {error}")))?;
    Ok(runtime.block_on(work))
}

/// Reads where a secret is. Not while the words are parsed: whoever wrote the
/// secret itself would be shown it.
pub(crate) fn secret(text: &str) -> Result<SecretRef, Trouble> {
    text.parse().map_err(|not: NotAReference| Trouble::Usage(not.to_string()))
}

impl From<BadConfig> for Trouble {
    fn from(bad: BadConfig) -> Self {
        Self::Refused(Chain(&bad).to_string())
    }
}
