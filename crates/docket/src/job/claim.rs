//! Taking jobs: each tenant's in their order, and the tenants in turns.

use super::{Held, end::bury_unreadable, limit};
use crate::{
    db::{Args, Cause, Row, Snap, Sql, Tx, args, statements},
    failure::Fault,
    page,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{Id, Job, Tenant},
    refusal::Chain,
};
use std::cmp::Reverse;

statements! {
    LANES = "lanes.sql";
    CLAIM_LANE = "claim_lane.sql" | "claim_lane.postgres.sql";
    CLAIM = "claim.postgres.sql";
    READY = "ready.sql";
}

/// What a worker wants.
#[derive(Clone, Debug)]
pub struct Want {
    pub kind: &'static str,
    /// How many at most.
    pub max: usize,
    /// The tenant that was served last, where the round goes on; see [`last_served`].
    pub after: Option<Id<Tenant>>,
    pub lease: SignedDuration,
    /// Who it is, for people who look for a job.
    pub worker: String,
    /// How many of the kind may run at once, whoever runs them.
    pub running_max: Option<u32>,
    /// Whether any tenant sets a limit, as far as the worker knows. Jobs of one
    /// that does are taken only by somebody who does know.
    pub limited: bool,
}

/// A job that was taken, and the lease on it.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub tenant: Id<Tenant>,
    pub id: Id<Job>,
    pub kind: String,
    /// The number of the lease.
    pub lease: i64,
    pub claimed_at: Timestamp,
    pub attempt: u32,
    pub attempts_max: u32,
    pub priority: i64,
    pub due_at: Timestamp,
    pub timeout: SignedDuration,
    /// Canonical JSON.
    pub payload: String,
    pub digest: String,
    pub correlation: Option<String>,
    pub trace: Option<String>,
}

/// Takes jobs of a kind that are ready, in turns from every tenant that has some.
///
/// # Errors
/// If the database does not answer.
pub fn claim(tx: &mut Tx<'_>, want: &Want) -> Result<Vec<Claimed>, Fault> {
    let mut all = Vec::new();
    if want.max > 0 && want.running_max.is_none() {
        all = if tx.is_shared() { claim_free(tx, want)? } else { claim_each(tx, want)? };
    }
    if want.max > all.len() && (want.limited || want.running_max.is_some()) {
        all.extend(limit::claim(tx, want, want.max - all.len())?);
    }
    Ok(all)
}

/// From everybody who sets no limit, in one way there and back.
fn claim_free(tx: &mut Tx<'_>, want: &Want) -> Result<Vec<Claimed>, Fault> {
    let (after, max) = (page::after(want.after), int(want.max));
    let args = args![want.kind, after, max, tx.now(), micros(want.lease), &want.worker];
    read(tx, &CLAIM, args)
}

/// The same, where a way there and back costs nothing.
fn claim_each(tx: &mut Tx<'_>, want: &Want) -> Result<Vec<Claimed>, Fault> {
    let limited = limit::tenants(tx, want.kind)?;
    let lanes = lanes(tx, want.kind, want.after, want.max.saturating_add(limited.len()))?;
    let lanes: Vec<_> = lanes.into_iter().filter(|lane| !limited.contains(lane)).collect();
    let share = want.max.div_ceil(lanes.len().max(1));
    let mut all = Vec::new();
    for lane in lanes {
        let room = share.min(want.max.saturating_sub(all.len()));
        all.extend(claim_lane(tx, want, lane, room)?);
    }
    Ok(all)
}

/// The tenants that have jobs of a kind ready, in their turns.
pub(super) fn lanes(
    tx: &Tx<'_>,
    kind: &str,
    after: Option<Id<Tenant>>,
    max: usize,
) -> Result<Vec<Id<Tenant>>, Fault> {
    tx.all(&LANES, args![kind, page::after(after), int(max)], |row| row.get(0))
}

/// Whose turn it was last, of those that a claim served which began after
/// `after`: the turns go down the tenants and round.
pub(super) fn last_served(after: Option<Id<Tenant>>, jobs: &[Claimed]) -> Option<Id<Tenant>> {
    let turn =
        |tenant: &Id<Tenant>| (after.is_some_and(|after| *tenant >= after), Reverse(*tenant));
    jobs.iter().map(|job| job.tenant).max_by_key(turn)
}

/// The first jobs of one tenant.
pub(super) fn claim_lane(
    tx: &mut Tx<'_>,
    want: &Want,
    tenant: Id<Tenant>,
    max: usize,
) -> Result<Vec<Claimed>, Fault> {
    let lane = Lane { tenant, kind: want.kind, lease: want.lease, worker: &want.worker };
    claim_first(tx, &lane, max)
}

/// Whether a tenant has a job of a kind that is ready. Somebody else may have it
/// a moment later, and a limit may keep it.
///
/// # Errors
/// If the database does not answer.
pub fn is_ready(snap: &Snap<'_>, tenant: Id<Tenant>, kind: &str) -> Result<bool, Fault> {
    Ok(snap.maybe(&READY, args![kind, tenant], |_| Ok(()))?.is_some())
}

/// Where the jobs of one tenant and kind wait, and who takes from there.
pub(super) struct Lane<'a> {
    pub tenant: Id<Tenant>,
    pub kind: &'a str,
    pub lease: SignedDuration,
    pub worker: &'a str,
}

/// Takes jobs of one tenant, whatever its limit is.
pub(super) fn claim_first(
    tx: &mut Tx<'_>,
    lane: &Lane<'_>,
    max: usize,
) -> Result<Vec<Claimed>, Fault> {
    if max == 0 {
        return Ok(Vec::new());
    }
    let (max, lease) = (int(max), micros(lane.lease));
    read(tx, &CLAIM_LANE, args![lane.tenant, lane.kind, max, tx.now(), lease, lane.worker])
}

/// In their order, which an update does not keep.
fn read(tx: &mut Tx<'_>, sql: &'static Sql, args: Args<'_>) -> Result<Vec<Claimed>, Fault> {
    let claimed_at = tx.now();
    let rows = tx.returning_all(sql, args, |row| match claimed(row, claimed_at) {
        Ok(job) => Ok(Ok(job)),
        Err(why) => Ok(Err((row.get::<String>(0)?, row.get::<String>(1)?, why))),
    })?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        match row {
            Ok(job) => all.push(job),
            Err((tenant, id, why)) => set_aside(tx, &tenant, &id, &why)?,
        }
    }
    all.sort_by_key(|job| (job.priority, job.due_at));
    Ok(all)
}

/// A job that nobody can read would be in the way of all others.
fn set_aside(tx: &mut Tx<'_>, tenant: &str, id: &str, why: &Fault) -> Result<(), Fault> {
    tracing::error!(tenant, job = id, error = %Chain(why), "a job cannot be read, and is dead");
    bury_unreadable(tx, tenant, id)
}

fn claimed(row: &Row<'_>, claimed_at: Timestamp) -> Result<Claimed, Fault> {
    Ok(Claimed {
        tenant: row.get(0)?,
        id: row.get(1)?,
        kind: row.get(2)?,
        lease: row.get(3)?,
        claimed_at,
        attempt: count(row, 4)?,
        attempts_max: count(row, 5)?,
        priority: row.get(6)?,
        due_at: row.get(7)?,
        timeout: SignedDuration::from_micros(row.get(8)?),
        payload: row.get(9)?,
        digest: row.get(10)?,
        correlation: row.get(11)?,
        trace: row.get(12)?,
    })
}

/// Reads a number of attempts.
pub(super) fn count(row: &Row<'_>, at: usize) -> Result<u32, Fault> {
    u32::try_from(row.get::<i64>(at)?).map_err(|cause| Fault::unreadable("job", "attempt", cause))
}

fn int(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn micros(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl Claimed {
    /// The lease under which it was taken.
    pub const fn held(&self) -> Held {
        Held { tenant: self.tenant, id: self.id, lease: self.lease }
    }

    /// What it is done for the sake of; its own, if nobody's request caused it.
    pub fn cause(&self) -> Cause {
        let correlation = self.correlation.clone().unwrap_or_else(|| self.id.to_string());
        Cause { correlation: Some(correlation), trace: self.trace.clone() }
    }
}
