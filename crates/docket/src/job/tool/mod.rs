//! What people, integrations and their workers ask of jobs through the door.
//!
//! Docket's own kinds are compiled in. What a tenant has done by programs of its
//! own has a kind that begins with `ext.`: only such jobs are queued, taken and
//! cancelled from outside.

pub mod cancel;
pub mod claim;
pub mod complete;
pub mod enqueue;
pub mod fail;
pub mod get;
mod held;
pub mod limit;
pub mod list;
pub mod renew;
pub mod retry;
mod seen;

use crate::{
    db::{Snap, args, statements},
    failure::Fault,
};
use kernel::{
    id::{Id, Job, Tenant},
    job::{KindName, Phase},
    refusal::{Code, Refusal},
};

statements! {
    JOB_KIND = "kind.sql";
}

/// Whether a kind is one of the tenant's own.
///
/// # Errors
/// `job.kind_ours`.
fn check_own(kind: &KindName) -> Result<(), Box<Refusal>> {
    if kind.is_external() {
        return Ok(());
    }
    Err(Refusal::new(Code::JobKindOurs, format!("`{kind}` is a kind of Docket's own")))
}

/// Of which kind a job is and how it stands, wherever it is kept.
fn found(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    job: Id<Job>,
) -> Result<Option<(KindName, Phase)>, Fault> {
    snap.maybe(&JOB_KIND, args![tenant, job], |row| Ok((row.parsed(0)?, row.parsed(1)?)))
}

/// Said of a job that is not there, or not for this caller.
fn unknown(job: Id<Job>) -> Box<Refusal> {
    Refusal::new(Code::RecordNotFound, format!("there is no job `{job}`")).at("job")
}

#[cfg(test)]
mod tests;
