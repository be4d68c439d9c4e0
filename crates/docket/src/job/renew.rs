//! Keeping jobs for longer.

use super::Held;
use crate::{
    db::{Row, Tx, args, statements},
    failure::Fault,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

statements! {
    RENEW = "renew.sql";
    RENEW_MANY = "renew.postgres.sql";
}

/// The wish to keep a job.
#[derive(Clone, Copy, Debug)]
pub struct Renewal {
    pub held: Held,
    /// For how long, if its timeout is not sooner.
    pub until: Timestamp,
    /// How far the work is, in percent, if that has changed.
    pub progress: Option<i64>,
}

/// A lease that still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewed {
    pub until: Timestamp,
    /// Whether the worker is to stop.
    pub cancel_asked: bool,
}

/// Keeps jobs for longer. Those that are not in the answer were taken back.
///
/// # Errors
/// If the database does not answer.
pub fn renew(tx: &mut Tx<'_>, wishes: &[Renewal]) -> Result<BTreeMap<Held, Renewed>, Fault> {
    if tx.is_shared() {
        return renew_many(tx, wishes);
    }
    let mut held = BTreeMap::new();
    for wish in wishes {
        let Renewal { held: job, until, progress } = *wish;
        let args = args![job.tenant, job.id, job.lease, until, progress];
        held.extend(tx.returning_all(&RENEW, args, renewed)?);
    }
    Ok(held)
}

/// A statement does not see how a row was changed that it had to wait for, such
/// as by who asks for a cancellation; the next one does, and by then the row is
/// kept from others.
fn renew_many(tx: &mut Tx<'_>, wishes: &[Renewal]) -> Result<BTreeMap<Held, Renewed>, Fault> {
    let mut wishes: Vec<&Renewal> = wishes.iter().collect();
    // Everybody takes the jobs in the same order, so that nobody waits in a circle.
    wishes.sort_unstable_by_key(|wish| wish.held);
    let mut held: BTreeMap<_, _> = renew_now(tx, &wishes)?.into_iter().collect();
    wishes.retain(|wish| !held.contains_key(&wish.held));
    if !wishes.is_empty() {
        held.extend(renew_now(tx, &wishes)?);
    }
    Ok(held)
}

fn renew_now(tx: &mut Tx<'_>, wishes: &[&Renewal]) -> Result<Vec<(Held, Renewed)>, Fault> {
    let args = args![
        wishes.iter().map(|wish| wish.held.tenant.to_string()).collect::<Vec<_>>(),
        wishes.iter().map(|wish| wish.held.id.to_string()).collect::<Vec<_>>(),
        wishes.iter().map(|wish| wish.held.lease).collect::<Vec<_>>(),
        wishes.iter().map(|wish| wish.until.as_microsecond()).collect::<Vec<_>>(),
        wishes.iter().map(|wish| wish.progress).collect::<Vec<_>>(),
    ];
    tx.returning_all(&RENEW_MANY, args, renewed)
}

fn renewed(row: &Row<'_>) -> Result<(Held, Renewed), Fault> {
    let held = Held { tenant: row.get(0)?, id: row.get(1)?, lease: row.get(2)? };
    let cancel_asked = row.get::<Option<Timestamp>>(4)?.is_some();
    Ok((held, Renewed { until: row.get(3)?, cancel_asked }))
}
