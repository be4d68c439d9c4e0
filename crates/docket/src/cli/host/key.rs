//! `docket key list` and `docket key rotate`

use super::{At, wait};
use crate::{
    chance::WallClock,
    cli::{Trouble, print, say},
    identity::key::ring::Status,
};
use clap::Subcommand;
use kernel::clock::Clock;

#[derive(Debug, Subcommand)]
pub enum Words {
    /// List the keys and until when each counts.
    List(At),
    /// Make a new key that signs from now on; the one before still verifies
    /// until everything it signed has expired.
    Rotate(At),
}

impl Words {
    pub(super) fn run(self) -> Result<(), Trouble> {
        match self {
            Self::List(at) => list(&at),
            Self::Rotate(at) => rotate(&at),
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
