//! Cancelling.

use super::end::{held, over};
use crate::{
    db::{Tx, args, statements},
    failure::Fault,
};
use kernel::{
    id::{Id, Job, Tenant},
    job::Phase,
};

statements! {
    CANCEL_ASK = "cancel_ask.sql";
}

/// What became of the wish to cancel a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It had not begun, and will not.
    AtOnce,
    /// It runs. Its worker is told, and however it ends, it ends as cancelled.
    Asked,
}

/// Cancels a job that is not finished; nothing, if there is none.
///
/// # Errors
/// If the database does not answer.
pub fn cancel(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    job: Id<Job>,
) -> Result<Option<Cancelled>, Fault> {
    let Some(kept) = held(tx, tenant, job)? else { return Ok(None) };
    let after = kept.standing.cancelled();
    if after.phase == Phase::Cancelled {
        over(tx, &kept, Phase::Cancelled, None)?;
        return Ok(Some(Cancelled::AtOnce));
    }
    tx.put(&CANCEL_ASK, args![tenant, job, tx.now()])?;
    tx.ring(super::CANCEL);
    Ok(Some(Cancelled::Asked))
}
