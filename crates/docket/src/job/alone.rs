//! Jobs of which a tenant needs one at a time.

use super::{NewJob, enqueue};
use crate::{
    db::{Tx, args, statements},
    failure::Failure,
};
use kernel::id::{Id, Job, Tenant};

statements! {
    AT_IT = "at_it.sql";
}

/// Queues a job, unless one of its kind is ready or runs: what that one finds
/// when it looks is what this one would.
///
/// # Errors
/// See [`enqueue`].
pub fn enqueue_alone(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    job: NewJob,
) -> Result<Option<Id<Job>>, Failure> {
    if tx.one(&AT_IT, args![tenant, job.kind()], |row| row.get(0))? {
        return Ok(None);
    }
    enqueue(tx, tenant, job).map(Some)
}
