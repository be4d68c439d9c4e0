//! `docket key list`, `rotate`, `make` and `thumbprint`

use super::{At, wait};
use crate::{
    chance::WallClock,
    cli::{Trouble, print, say},
    identity::{
        key::{self, ring::Status},
        proof::make::thumbprint,
    },
};
use clap::Subcommand;
use kernel::clock::Clock;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Words {
    /// List the keys and until when each counts.
    List(At),
    /// Make a new key that signs from now on; the one before still verifies
    /// until everything it signed has expired.
    Rotate(At),
    /// Make a key for whoever calls: a file of its own, and its thumbprint to
    /// register it by or to bind a token to.
    Make {
        /// The file, which must not exist yet.
        file: PathBuf,
    },
    /// Print the thumbprint of such a key.
    Thumbprint { file: PathBuf },
}

impl Words {
    pub(super) fn run(self) -> Result<(), Trouble> {
        match self {
            Self::List(at) => list(&at),
            Self::Rotate(at) => rotate(&at),
            Self::Make { file } => {
                print(&thumbprint(&key::make(&file)?).to_string());
                Ok(())
            }
            Self::Thumbprint { file } => {
                print(&thumbprint(&key::read(&file)?).to_string());
                Ok(())
            }
        }
    }
}

fn list(at: &At) -> Result<(), Trouble> {
    let index = crate::app::issuer(&at.config()?).ring.index()?;
    let now = WallClock.now();
    for key in index.keys {
        let status = match key.status {
            Status::Active => "active",
            Status::Retired if key.verifies(now) => "retired, still verifies",
            Status::Retired => "retired",
        };
        print(&format!("{}  made {:.0}  {status}", key.kid, key.created_at));
    }
    Ok(())
}

fn rotate(at: &At) -> Result<(), Trouble> {
    let (db, issuer) = at.open()?;
    print(&wait(issuer.rotate(&db))??);
    say("this key signs from now on");
    Ok(())
}
