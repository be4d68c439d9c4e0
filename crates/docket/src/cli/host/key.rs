//! `docket key list`, `rotate`, `make` and `thumbprint`

use super::{At, wait};
use crate::{
    chance::WallClock,
    cli::{Trouble, print, say},
    identity::{
        Ring,
        key::{self, ring::Status},
        proof::make::thumbprint,
    },
};
use clap::{Args, Subcommand};
use kernel::clock::Clock;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Words {
    /// List the keys and until when each counts.
    List(Which),
    /// Make a new key that signs from now on; the one before still verifies
    /// until everything it signed has expired.
    Rotate(Which),
    /// Make a key for whoever calls: a file of its own, and its thumbprint to
    /// register it by or to bind a token to.
    Make {
        /// The file, which must not exist yet.
        file: PathBuf,
    },
    /// Print the thumbprint of such a key.
    Thumbprint { file: PathBuf },
}

/// Which keys, of which deployment.
#[derive(Args, Debug)]
pub struct Which {
    /// Those that sign policy tokens, and not access tokens.
    #[arg(long)]
    policy: bool,
    #[command(flatten)]
    at: At,
}

impl Which {
    fn ring(&self) -> Result<Ring, Trouble> {
        let keys = self.at.config()?.keys();
        Ok(if self.policy { Ring::of_policies(&keys) } else { Ring::of(&keys) })
    }
}

impl Words {
    pub(super) fn run(self) -> Result<(), Trouble> {
        match self {
            Self::List(which) => list(&which),
            Self::Rotate(which) => rotate(&which),
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

fn list(which: &Which) -> Result<(), Trouble> {
    let index = which.ring()?.index()?;
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

fn rotate(which: &Which) -> Result<(), Trouble> {
    let (db, _) = which.at.open()?;
    print(&wait(which.ring()?.rotate(&db))??);
    say("this key signs from now on");
    Ok(())
}
