//! Having a dead job tried again.

use crate::{
    db::{Tx, args, statements},
    failure::Fault,
};
use kernel::id::{Id, Job, Tenant};

statements! {
    RETRY = "retry.sql";
    DONE_REMOVE = "done_remove.sql";
}

/// Has a dead job tried again, with all its attempts before it; says whether
/// there was one.
///
/// # Errors
/// If the database does not answer.
pub fn retry(tx: &mut Tx<'_>, tenant: Id<Tenant>, job: Id<Job>) -> Result<bool, Fault> {
    tx.lock("job", job);
    let args = args![tenant, job, tx.now()];
    let kind = tx.returning_all(&RETRY, args, |row| row.get::<String>(0))?.pop();
    let Some(kind) = kind else { return Ok(false) };
    tx.put_one(&DONE_REMOVE, args![tenant, job])?;
    tx.ring(kind);
    Ok(true)
}
