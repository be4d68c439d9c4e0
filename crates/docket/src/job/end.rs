//! How attempts end.

use super::{claim::count, settle};
use crate::{
    db::{Row, Tx, Word, args, statements},
    failure::Fault,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{Id, Job, Tenant},
    job::{Backoff, How, LeaseLost, Next, Phase, Standing, When},
};
use std::collections::{BTreeMap, BTreeSet};

statements! {
    HELD = "held.sql" | "held.postgres.sql";
    DONE = "done.postgres.sql";
    DONE_ADD = "done_add.sql";
    OVER = "over.sql";
    REMOVE = "remove.sql";
    AGAIN = "again.sql";
    ATTEMPT_ADD = "attempt_add.sql";
}

/// A job under a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Held {
    pub tenant: Id<Tenant>,
    pub id: Id<Job>,
    pub lease: i64,
}

/// How the attempt under a lease ended, if not with a result.
#[derive(Clone, Debug)]
pub struct Ended {
    pub how: How,
    /// A code that says why: ours, or that of whoever does the jobs of a tenant.
    pub error: Option<Word>,
    /// When the worker wants to see the job again, or may at the earliest.
    pub until: Option<Timestamp>,
    pub backoff: Backoff,
}

/// A job that is not finished, as it is kept.
pub(super) struct Kept {
    pub tenant: Id<Tenant>,
    pub id: Id<Job>,
    pub kind: String,
    pub standing: Standing,
    pub followed: bool,
    /// When the attempt that runs has to have ended.
    pub deadline: Option<Timestamp>,
}

/// What became of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is over.
    Over(Phase),
    /// It is tried again, from then on.
    Again(Timestamp),
}

/// Ends jobs as succeeded, with a result as canonical JSON, and says of each
/// what became of it: one that was asked to stop has not succeeded. Where the
/// effects of a job are in this database, this belongs into their transaction.
///
/// # Errors
/// If the database does not answer. A lease that was lost is an answer.
pub fn complete(
    tx: &mut Tx<'_>,
    jobs: &[(Held, Option<String>)],
) -> Result<Vec<Result<Put, LeaseLost>>, Fault> {
    let gone = if tx.is_shared() { done(tx, jobs)? } else { done_each(tx, jobs)? };
    let mut answers = Vec::with_capacity(jobs.len());
    for (held, _) in jobs {
        answers.push(if gone.contains(held) {
            Ok(Put::Over(Phase::Succeeded))
        } else {
            end(tx, *held, &Ended::cancelled())?
        });
    }
    Ok(answers)
}

/// A statement does not see how a row was changed that it had to wait for, such
/// as by a renewal; the next one does, and by then the row is kept from others.
fn done(tx: &mut Tx<'_>, jobs: &[(Held, Option<String>)]) -> Result<BTreeSet<Held>, Fault> {
    let mut gone = done_now(tx, jobs)?;
    let left: Vec<_> = jobs.iter().filter(|(held, _)| !gone.contains(held)).cloned().collect();
    if !left.is_empty() {
        gone.extend(done_now(tx, &left)?);
    }
    Ok(gone)
}

/// Everybody takes the jobs in the same order, so that nobody waits in a circle.
fn done_now(tx: &mut Tx<'_>, jobs: &[(Held, Option<String>)]) -> Result<BTreeSet<Held>, Fault> {
    let held: BTreeSet<Held> = jobs.iter().map(|(held, _)| *held).collect();
    let tenants: Vec<_> = held.iter().map(|held| held.tenant.to_string()).collect();
    let ids: Vec<_> = held.iter().map(|held| held.id.to_string()).collect();
    let leases: Vec<_> = held.iter().map(|held| held.lease).collect();
    let results: BTreeMap<String, &str> = jobs
        .iter()
        .filter_map(|(held, result)| Some((held.id.to_string(), result.as_deref()?)))
        .collect();
    let args = args![tenants, ids, leases, serde_json::to_string(&results)?, tx.now()];
    let gone = tx.returning_all(&DONE, args, |row| {
        let held = Held { tenant: row.get(0)?, id: row.get(1)?, lease: row.get(2)? };
        Ok((held, row.get::<bool>(3)?))
    })?;
    for (held, _) in gone.iter().filter(|(_, followed)| *followed) {
        settle::ended(tx, held.tenant, held.id, Phase::Succeeded)?;
    }
    Ok(gone.into_iter().map(|(held, _)| held).collect())
}

fn done_each(tx: &mut Tx<'_>, jobs: &[(Held, Option<String>)]) -> Result<BTreeSet<Held>, Fault> {
    let mut gone = BTreeSet::new();
    for (held, result) in jobs {
        let args = args![held.tenant, held.id, held.lease, result.as_ref(), tx.now()];
        let followed = tx.returning_all(&DONE_ADD, args, |row| row.get::<bool>(0))?.pop();
        let Some(followed) = followed else { continue };
        tx.put(&REMOVE, args![held.tenant, held.id])?;
        if followed {
            settle::ended(tx, held.tenant, held.id, Phase::Succeeded)?;
        }
        gone.insert(*held);
    }
    Ok(gone)
}

/// Ends an attempt in another way, and has the job tried again if that is what follows.
///
/// # Errors
/// If the database does not answer. A lease that was lost is an answer.
pub fn end(tx: &mut Tx<'_>, held: Held, ended: &Ended) -> Result<Result<Put, LeaseLost>, Fault> {
    let Some(kept) = self::held(tx, held.tenant, held.id)? else { return Ok(Err(LeaseLost)) };
    match kept.standing.ends(held.lease, ended.how) {
        Ok(next) => follow(tx, &kept, next, ended).map(Ok),
        Err(LeaseLost) => Ok(Err(LeaseLost)),
    }
}

/// Does what follows the end of an attempt.
pub(super) fn follow(
    tx: &mut Tx<'_>,
    kept: &Kept,
    next: Next,
    ended: &Ended,
) -> Result<Put, Fault> {
    if let Some(how) = in_vain(next, ended.how) {
        let args = args![kept.tenant, kept.id, tx.now(), how.name(), ended.error.as_deref()];
        tx.put(&ATTEMPT_ADD, args)?;
    }
    match next {
        Next::Over(phase) => {
            over(tx, kept, phase, ended.error.as_deref())?;
            Ok(Put::Over(phase))
        }
        Next::Again { when, attempt } => again(tx, kept, when, attempt, ended),
    }
}

/// How the attempt is remembered. A snooze and a release are none.
fn in_vain(next: Next, how: How) -> Option<How> {
    match (next, how) {
        (_, How::Snoozed | How::Released) => None,
        (Next::Over(Phase::Cancelled), _) => Some(How::Cancelled),
        (_, How::Succeeded) => None,
        (_, how) => Some(how),
    }
}

/// A job that is not finished, which nobody else changes until the transaction ends.
pub(super) fn held(tx: &Tx<'_>, tenant: Id<Tenant>, id: Id<Job>) -> Result<Option<Kept>, Fault> {
    tx.maybe(&HELD, args![tenant, id], kept)
}

/// Ends a job that did not succeed, and tells those who wait for it.
pub(super) fn over(
    tx: &mut Tx<'_>,
    kept: &Kept,
    phase: Phase,
    error: Option<&str>,
) -> Result<(), Fault> {
    bury(tx, kept.tenant, kept.id, phase, error)?;
    if kept.followed {
        settle::ended(tx, kept.tenant, kept.id, phase)?;
    }
    Ok(())
}

/// Moves a job that did not succeed to those that are done.
pub(super) fn bury(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<Job>,
    phase: Phase,
    error: Option<&str>,
) -> Result<(), Fault> {
    tx.put(&OVER, args![tenant, id, phase.name(), error, tx.now()])?;
    tx.put(&REMOVE, args![tenant, id])
}

/// Moves a job to those that are dead whose keys are none.
pub(super) fn bury_unreadable(tx: &mut Tx<'_>, tenant: &str, id: &str) -> Result<(), Fault> {
    let error = "job.unreadable";
    tx.put(&OVER, args![tenant, id, Phase::Dead.name(), error, tx.now()])?;
    tx.put(&REMOVE, args![tenant, id])
}

fn again(
    tx: &mut Tx<'_>,
    kept: &Kept,
    when: When,
    attempt: u32,
    ended: &Ended,
) -> Result<Put, Fault> {
    let now = tx.now();
    let wait = match when {
        When::Now => SignedDuration::ZERO,
        When::Named => ended.until.map_or(SignedDuration::ZERO, |until| until.duration_since(now)),
        When::Backoff => {
            let asked = ended.until.map(|until| until.duration_since(now));
            ended.backoff.wait(kept.standing.attempt, tx.luck(), asked)
        }
    };
    let due_at = now.checked_add(wait.max(SignedDuration::ZERO)).unwrap_or(Timestamp::MAX);
    let standing = kept.standing.after(Next::Again { when, attempt }, wait);
    let (phase, attempt) = (standing.phase.name(), i64::from(standing.attempt));
    tx.put(&AGAIN, args![kept.tenant, kept.id, phase, due_at, attempt, ended.error.as_deref()])?;
    match standing.phase {
        Phase::Queued => tx.ring(kept.kind.clone()),
        _ => tx.ring(super::LATER),
    }
    Ok(Put::Again(due_at))
}

/// Reads what `held` and `expired` select.
pub(super) fn kept(row: &Row<'_>) -> Result<Kept, Fault> {
    let started_at: Option<Timestamp> = row.get(8)?;
    let timeout = SignedDuration::from_micros(row.get(9)?);
    Ok(Kept {
        tenant: row.get(0)?,
        id: row.get(1)?,
        kind: row.get(2)?,
        standing: Standing {
            phase: row.parsed(3)?,
            attempt: count(row, 4)?,
            attempts_max: count(row, 5)?,
            lease: row.get(6)?,
            cancel_asked: row.get::<Option<Timestamp>>(7)?.is_some(),
        },
        followed: row.get(10)?,
        deadline: started_at.and_then(|at| at.checked_add(timeout).ok()),
    })
}

impl Ended {
    /// What there is to say about a job that was asked to stop.
    pub const fn cancelled() -> Self {
        Self { how: How::Succeeded, error: None, until: None, backoff: Backoff::USUAL }
    }

    /// An end without a reason.
    pub const fn by(how: How) -> Self {
        Self { how, error: None, until: None, backoff: Backoff::USUAL }
    }
}
