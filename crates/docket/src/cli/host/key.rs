//! `docket key list` and `docket key rotate`

use super::{At, wait};
use crate::{
    chance::WallClock,
    cli::{Trouble, print, say},
    identity::{Ring, key::ring::Status},
};
use clap::{Args, Subcommand};
use kernel::clock::Clock;

#[derive(Debug, Subcommand)]
pub enum Words {
    /// List the keys and until when each counts.
    List(Which),
    /// Make a new key that signs from now on; the one before still verifies
    /// until everything it signed has expired.
    Rotate(Which),
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
