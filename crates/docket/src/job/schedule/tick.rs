//! Ticking: queueing the job of what has come due, and moving it on.

use super::{Overlap, stored};
use crate::{
    db::{Row, Snap, Tx, args, statements},
    failure::{Failure, Fault},
    job::{NewJob, Terms, enqueue},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{Id, Job, Principal, Tenant},
    refusal::Chain,
};
use serde_json::Value;

statements! {
    SCHEDULE_DUE = "due.sql" | "due.postgres.sql";
    SCHEDULE_NEXT = "next.sql";
    SCHEDULE_GO_ON = "go_on.sql";
    SCHEDULE_LAST_WAITS = "last_waits.sql";
}

/// A schedule whose tick has come.
struct Due {
    tenant: Id<Tenant>,
    name: String,
    kind: String,
    cron: String,
    zone: String,
    payload: String,
    terms: Terms,
    overlap: String,
    at: Timestamp,
    last: (Option<Timestamp>, Option<Id<Job>>),
    by: Id<Principal>,
}

/// Queues the jobs of schedules that have come due, the longest overdue first,
/// and says how many schedules that were. Those that another server is at are
/// left to it.
///
/// # Errors
/// If the database does not answer.
pub fn tick(tx: &mut Tx<'_>, max: i64) -> Result<usize, Failure> {
    let due = tx.all(&SCHEDULE_DUE, args![tx.now(), max], read)?;
    for one in &due {
        let (next, last, job) = tick_one(tx, one)?;
        tx.put_one(&SCHEDULE_GO_ON, args![one.tenant, &one.name, next, last, job])?;
    }
    Ok(due.len())
}

/// When the next schedule comes due.
///
/// # Errors
/// If the database does not answer.
pub fn next_tick(snap: &Snap<'_>) -> Result<Option<Timestamp>, Fault> {
    snap.maybe(&SCHEDULE_NEXT, args![], |row| row.get(0))
}

type GoesOn = (Option<Timestamp>, Option<Timestamp>, Option<Id<Job>>);

/// When it ticks next, when it ticked last, and the job of that.
fn tick_one(tx: &mut Tx<'_>, due: &Due) -> Result<GoesOn, Failure> {
    let now = tx.now();
    let schedule = match stored(&due.cron, &due.zone, now) {
        Ok(schedule) => schedule,
        Err(fault) => {
            // It stands still until somebody puts it anew; the others go on.
            let Due { tenant, name, .. } = due;
            tracing::error!(%tenant, schedule = name, error = %Chain(&fault), "a schedule stands still");
            return Ok((None, due.last.0, due.last.1));
        }
    };
    let last = Some(schedule.latest(due.at, now));
    let next = schedule.next(now);
    if due.overlap == Overlap::Skip.name() && last_waits(tx, due)? {
        return Ok((next, last, due.last.1));
    }
    let payload: Value = serde_json::from_str(&due.payload)?;
    let job = NewJob::of(due.kind.clone().into(), due.terms, &payload)?.by(Some(due.by));
    Ok((next, last, Some(enqueue(tx, due.tenant, job)?)))
}

/// Whether the job of the last tick is not finished.
fn last_waits(tx: &Tx<'_>, due: &Due) -> Result<bool, Fault> {
    match due.last.1 {
        Some(job) => tx.one(&SCHEDULE_LAST_WAITS, args![due.tenant, job], |row| row.get(0)),
        None => Ok(false),
    }
}

fn read(row: &Row<'_>) -> Result<Due, Fault> {
    let attempts_max = u32::try_from(row.get::<i64>(7)?);
    Ok(Due {
        tenant: row.get(0)?,
        name: row.get(1)?,
        kind: row.get(2)?,
        cron: row.get(3)?,
        zone: row.get(4)?,
        payload: row.get(5)?,
        terms: Terms {
            priority: row.get(6)?,
            attempts_max: attempts_max
                .map_err(|cause| Fault::unreadable("job_schedule", "attempts_max", cause))?,
            timeout: SignedDuration::from_micros(row.get(8)?),
            ..Terms::USUAL
        },
        overlap: row.get(9)?,
        at: row.get(10)?,
        last: (row.get(11)?, row.get(12)?),
        by: row.get(13)?,
    })
}
