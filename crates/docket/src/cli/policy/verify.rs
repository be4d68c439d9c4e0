//! `docket policy verify`

use super::{Held, bad, keys, shown};
use crate::{
    chance::WallClock,
    cli::{Trouble, print},
    failure::Fault,
};
use clap::Args;
use jiff::Timestamp;
use kernel::{
    canonical::{self, Digest},
    clock::Clock,
    id::{Id, Principal, Tenant},
    job::KindName,
    key::Key,
    policy::{Attempt, Resource, Verified},
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Args, Debug)]
pub struct Words {
    #[command(flatten)]
    held: Held,
    /// The public keys, as `/.well-known/policy-keys.json` answers them.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    #[command(flatten)]
    of: Of,
}

/// What it has to permit. What is not named is not compared, and printed; but
/// the time and, if the token names one, the bearer always are.
#[derive(Args, Debug)]
struct Of {
    #[arg(long, value_name = "ID")]
    tenant: Option<Id<Tenant>>,
    #[arg(long, value_name = "NAME")]
    project: Option<Key>,
    #[arg(long, value_name = "KIND")]
    action: Option<KindName>,
    #[arg(long, value_name = "NAME")]
    resource: Option<Resource>,
    /// A file with the payload, as JSON in any form.
    #[arg(long, value_name = "FILE")]
    payload: Option<PathBuf>,
    #[arg(long, value_name = "ID")]
    bearer: Option<Id<Principal>>,
    /// At this time, in RFC 3339; now, unless said.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

impl Words {
    pub(super) fn run(self) -> Result<(), Trouble> {
        let trusted = keys::read(&read(&self.keys)?)?;
        let token = self.held.read()?;
        let verified = token.verify(&trusted).map_err(bad)?;
        if let Some(no) = verified.prohibits(&self.of.attempt(&verified)?) {
            let text = format!("the signatures hold, and it does not permit this: {no}");
            return Err(Trouble::DoesNotHold(text));
        }
        print(&shown(&verified, token.is_sealed())?);
        Ok(())
    }
}

impl Of {
    fn attempt(self, verified: &Verified) -> Result<Attempt, Trouble> {
        let grant = verified.grant().clone();
        Ok(Attempt {
            tenant: self.tenant.unwrap_or(grant.tenant),
            project: self.project.unwrap_or(grant.project),
            action: self.action.unwrap_or(grant.action),
            resource: self.resource.unwrap_or(grant.resource),
            payload: self.payload.as_deref().map_or(Ok(grant.payload), digest)?,
            bearer: self.bearer,
            at: self.at.unwrap_or_else(|| WallClock.now()),
        })
    }
}

/// The digest of a payload, however it is written.
fn digest(path: &Path) -> Result<Digest, Trouble> {
    let wrong = |why: &dyn std::fmt::Display| Trouble::Usage(format!("{}: {why}", path.display()));
    let payload: Value = serde_json::from_slice(&read(path)?).map_err(|error| wrong(&error))?;
    canonical::digest_of(&payload).map_err(|error| wrong(&error))
}

fn read(path: &Path) -> Result<Vec<u8>, Trouble> {
    fs::read(path)
        .map_err(|cause| Trouble::Broke(Fault::File { path: path.display().to_string(), cause }))
}
