//! `docket init`

use super::{secret, wait};
use crate::{
    cli::{Trouble, print, say},
    config::{BadConfig, DEFAULT_PATH, Postgres, SecretRef},
    setup::{NotMade, Setup},
};
use clap::Args;
use kernel::{money::Currency, text::Line};
use std::path::{Path, PathBuf, absolute};

#[derive(Args, Debug)]
pub struct Words {
    /// The folder to make; it has to be new or empty.
    #[arg(default_value = "docket-data")]
    dir: PathBuf,
    /// The name of the organisation that will run this Docket.
    #[arg(long, value_name = "NAME")]
    tenant: Line<120>,
    /// The name of its first admin.
    #[arg(long, value_name = "NAME")]
    admin: Line<120>,
    /// The currency of its tickets (ISO 4217).
    #[arg(long, default_value = "USD")]
    currency: Currency,
    #[command(flatten)]
    database: Database,
}

/// Where the data goes, if not into a file in the folder.
#[derive(Args, Debug)]
struct Database {
    /// A PostgreSQL, as `postgres://ROLE@HOST/DATABASE` of the role that serves.
    #[arg(long, env = "DOCKET_DATABASE", value_name = "URL", requires = "owner")]
    database: Option<String>,
    /// The same for the role that owns the schema.
    #[arg(long, value_name = "URL", requires = "database")]
    owner: Option<String>,
    /// Where the password of the serving role is, as `env:NAME` or `file:PATH`.
    #[arg(long, value_name = "REFERENCE", requires = "database")]
    password: Option<String>,
    /// Where the password of the owning role is.
    #[arg(long, value_name = "REFERENCE", requires = "database")]
    owner_password: Option<String>,
    /// Who vouches for its certificate, in PEM. Needed beyond this machine.
    #[arg(long, value_name = "FILE", requires = "database")]
    ca: Option<PathBuf>,
}

impl Words {
    pub(super) fn run(self) -> Result<(), Trouble> {
        let Self { dir, tenant, admin, currency, database } = self;
        let database = database.named()?;
        let made = wait(Setup { folder: dir, tenant, admin, currency, database }.make())??;
        let config = made.config_path.display().to_string();
        print(&format!("tenant  {}\nadmin   {}\nconfig  {config}", made.tenant, made.admin));
        let named = if made.config_path == Path::new(DEFAULT_PATH) {
            String::new()
        } else {
            format!(" --config {config}")
        };
        say(&format!(
            "\nNext, a token for the admin, which lives 15 minutes:\n  \
             docket token issue{named} --principal {} --all-roles",
            made.admin
        ));
        Ok(())
    }
}

impl Database {
    /// What the configuration will say, which is read from other folders too.
    fn named(self) -> Result<Option<Postgres>, Trouble> {
        let Self { database: Some(url), owner, password, owner_password, ca } = self else {
            return Ok(None);
        };
        Ok(Some(Postgres {
            url,
            password: password.map(|text| from_anywhere(&text)).transpose()?,
            ca: ca.map(|path| full(&path)).transpose()?,
            connections: Postgres::CONNECTIONS,
            owner,
            owner_password: owner_password.map(|text| from_anywhere(&text)).transpose()?,
        }))
    }
}

fn from_anywhere(text: &str) -> Result<SecretRef, Trouble> {
    Ok(match secret(text)? {
        SecretRef::File(path) => SecretRef::File(full(&path)?),
        SecretRef::Env(name) => SecretRef::Env(name),
    })
}

fn full(path: &Path) -> Result<PathBuf, BadConfig> {
    absolute(path).map_err(|cause| BadConfig::wrong(path.display().to_string(), cause.to_string()))
}

impl From<NotMade> for Trouble {
    fn from(not: NotMade) -> Self {
        match not {
            NotMade::There(_) | NotMade::Used(_) => Self::Refused(not.to_string()),
            NotMade::Config(bad) => bad.into(),
            NotMade::Broke(fault) => fault.into(),
        }
    }
}
