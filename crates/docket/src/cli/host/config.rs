//! `docket config check`

use super::At;
use crate::{
    app,
    chance::{Chance, SystemChance, WallClock},
    cli::{Trouble, print},
    config::{BadConfig, Config, Database, Evidence},
    identity::key,
    outgoing::Carriers,
};
use clap::Subcommand;
use kernel::refusal::Chain;
use std::{error::Error, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

#[derive(Debug, Subcommand)]
pub enum Words {
    /// Print every effective value and where it came from, and try what it names.
    Check(At),
}

impl Words {
    pub(super) fn run(self) -> Result<(), Trouble> {
        let Self::Check(at) = self;
        // The question was whether it holds, so a no is an answer to it.
        let config = at.config().map_err(|no| Trouble::DoesNotHold(no.to_string()))?;
        let width = |of: fn(&crate::config::Shown) -> &String| {
            config.shown.iter().map(|shown| of(shown).chars().count()).max().unwrap_or(0)
        };
        let (keys, values) = (width(|shown| &shown.key), width(|shown| &shown.value));
        for shown in &config.shown {
            print(&format!("{:keys$}  {:values$}  {}", shown.key, shown.value, shown.from));
        }
        let mut wrong = wrong(&config);
        if wrong.is_empty() {
            wrong.extend(bucket(&config)?);
        }
        if wrong.is_empty() { Ok(()) } else { Err(Trouble::DoesNotHold(wrong.join("\ndocket: "))) }
    }
}

/// Everything that is named and cannot be used.
fn wrong(config: &Config) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut note = |no: &dyn Error| wrong.push(Chain(no).to_string());
    let keys = match &config.evidence {
        Evidence::Bucket { keys: Some((access, secret)), .. } => vec![access, secret],
        Evidence::Bucket { .. } | Evidence::Folder(_) => Vec::new(),
    };
    let owner = match &config.database {
        Database::Postgres(named) => named.owner_password.as_ref(),
        Database::File(_) => None,
    };
    for secret in keys.into_iter().chain(&config.metrics).chain(owner) {
        secret.resolve().err().inspect(|no| note(no));
    }
    answers(&config.database).err().inspect(|no| note(&**no));
    Carriers::open(&config.outbox).err().inspect(|no| note(no));
    private(&config.data).err().inspect(|no| note(no));
    for name in [key::LOG, key::PACKET] {
        key::read(&config.keys().join(name)).err().inspect(|no| note(no));
    }
    app::issuer(config).ring.signer().err().inspect(|no| note(no));
    if let Some(tls) = &config.tls {
        for path in [&tls.cert, &tls.key] {
            readable(path).err().inspect(|no| note(no));
        }
    }
    wrong
}

/// Whether a PostgreSQL lets us serve. A file is made where there is none.
fn answers(database: &Database) -> Result<(), Box<dyn Error>> {
    match database {
        Database::File(_) => Ok(()),
        Database::Postgres(_) => {
            Ok(database.place()?.inspect(&WallClock, |snap| snap.answers())?)
        }
    }
}

/// What is wrong with the bucket, where evidence is in one, as a server would find it.
fn bucket(config: &Config) -> Result<Option<String>, Trouble> {
    if matches!(config.evidence, Evidence::Folder(_)) {
        return Ok(None);
    }
    let chance: Arc<dyn Chance> = Arc::new(SystemChance);
    let store = app::store(config, &chance)?;
    Ok(super::wait(store.check())?.err().map(|no| Chain(&no).to_string()))
}

/// Whoever can read the folder can read customers and evidence in it.
fn private(folder: &Path) -> Result<(), BadConfig> {
    let mode = std::fs::metadata(folder).map_or(0, |meta| meta.permissions().mode());
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let text = format!("`{}` can be read by others; `chmod 700` it", folder.display());
    Err(BadConfig::wrong("data", text))
}

fn readable(path: &Path) -> Result<(), crate::failure::Fault> {
    std::fs::File::open(path).map(drop).map_err(|cause| key::unusable(path, cause))
}
