//! Limits: how many jobs of a kind may run at once, and how fast they may begin.
//!
//! Who takes jobs of a limited lane holds a lock on the kind while it counts and
//! takes; nobody else waits for anybody.

use super::claim::{Claimed, Lane, Want, claim_first, claim_lane, lanes};
use crate::{
    db::{Row, Snap, Tx, args, statements},
    failure::Fault,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{Id, Tenant},
    job::Rate,
};
use std::collections::{BTreeMap, BTreeSet};

statements! {
    LIMITS = "limits.sql";
    LIMIT_KINDS = "limit_kinds.sql";
    RUNNING = "running.sql";
    ARRIVED = "arrived.sql";
}

/// What one tenant allows of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Limit {
    running_max: Option<u32>,
    rate: Option<Rate>,
    /// Where the bucket of the rate stands.
    arrival: Option<Timestamp>,
}

impl Limit {
    fn room(self, now: Timestamp, running: u32) -> u32 {
        let slots = self.running_max.map_or(u32::MAX, |max| max.saturating_sub(running));
        slots.min(self.rate.map_or(u32::MAX, |rate| rate.room(self.arrival, now)))
    }
}

/// The kinds of which some tenant sets a limit.
///
/// # Errors
/// If the database does not answer.
pub(super) fn kinds(snap: &Snap<'_>) -> Result<BTreeSet<String>, Fault> {
    Ok(snap.all(&LIMIT_KINDS, args![], |row| row.get(0))?.into_iter().collect())
}

/// The tenants that set a limit on a kind.
pub(super) fn tenants(snap: &Snap<'_>, kind: &str) -> Result<BTreeSet<Id<Tenant>>, Fault> {
    Ok(limits(snap, kind)?.into_keys().collect())
}

/// Takes what the limits leave room for: of every lane, if the kind itself is
/// limited, and else of those whose tenant sets a limit.
pub(super) fn claim(tx: &mut Tx<'_>, want: &Want, max: usize) -> Result<Vec<Claimed>, Fault> {
    tx.lock("job.limit", want.kind);
    let limits = limits(tx, want.kind)?;
    let running: BTreeMap<Id<Tenant>, u32> = running(tx, want.kind)?;
    let everybody = running.values().fold(0_u32, |sum, running| sum.saturating_add(*running));
    let slots = want.running_max.map_or(u32::MAX, |max| max.saturating_sub(everybody));
    let max = max.min(slots as usize);

    let lanes = lanes(tx, want.kind, want.after, usize::MAX)?;
    let lanes: Vec<_> = lanes
        .into_iter()
        .filter(|lane| want.running_max.is_some() || limits.contains_key(lane))
        .map(|lane| (lane, limits.get(&lane).copied().unwrap_or_default()))
        .map(|(lane, limit)| (lane, limit, running.get(&lane).copied().unwrap_or(0)))
        .filter(|(_, limit, running)| limit.room(tx.now(), *running) > 0)
        .collect();
    let share = max.div_ceil(lanes.len().max(1));
    let mut all = Vec::new();
    for (lane, limit, running) in lanes {
        let room = limit.room(tx.now(), running) as usize;
        let room = room.min(share).min(max.saturating_sub(all.len()));
        let taken = claim_lane(tx, want, lane, room)?;
        spend(tx, want.kind, lane, limit, taken.len())?;
        all.extend(taken);
    }
    Ok(all)
}

/// Takes jobs of one tenant as far as its limit leaves room, in a transaction of
/// that tenant.
pub(super) fn claim_own(
    tx: &mut Tx<'_>,
    lane: &Lane<'_>,
    max: usize,
) -> Result<Vec<Claimed>, Fault> {
    let Lane { tenant, kind, .. } = *lane;
    if !limits(tx, kind)?.contains_key(&tenant) {
        return claim_first(tx, lane, max);
    }
    tx.lock("job.limit", kind);
    let limit = limits(tx, kind)?.get(&tenant).copied().unwrap_or_default();
    let running = running(tx, kind)?.get(&tenant).copied().unwrap_or(0);
    let taken = claim_first(tx, lane, max.min(limit.room(tx.now(), running) as usize))?;
    spend(tx, kind, tenant, limit, taken.len())?;
    Ok(taken)
}

fn spend(
    tx: &mut Tx<'_>,
    kind: &str,
    tenant: Id<Tenant>,
    limit: Limit,
    taken: usize,
) -> Result<(), Fault> {
    let Some(rate) = limit.rate.filter(|_| taken > 0) else { return Ok(()) };
    let arrival = rate.spent(limit.arrival, tx.now(), u32::try_from(taken).unwrap_or(u32::MAX));
    tx.put_one(&ARRIVED, args![tenant, kind, arrival])
}

fn limits(snap: &Snap<'_>, kind: &str) -> Result<BTreeMap<Id<Tenant>, Limit>, Fault> {
    Ok(snap.all(&LIMITS, args![kind], limit)?.into_iter().collect())
}

/// Reads `tenant, running_max, rate_count, rate_s, rate_burst, arrival`.
fn limit(row: &Row<'_>) -> Result<(Id<Tenant>, Limit), Fault> {
    let number = |at| -> Result<Option<u32>, Fault> {
        let int: Option<i64> = row.get(at)?;
        let read = int.map(u32::try_from).transpose();
        read.map_err(|cause| Fault::unreadable("job_limit", "number", cause))
    };
    let rate = match (number(2)?, row.get::<Option<i64>>(3)?, number(4)?) {
        (Some(count), Some(s), Some(burst)) => {
            let rate = Rate::new(count, SignedDuration::from_secs(s), burst);
            Some(rate.map_err(|cause| Fault::unreadable("job_limit", "rate", cause))?)
        }
        _ => None,
    };
    Ok((row.get(0)?, Limit { running_max: number(1)?, rate, arrival: row.get(5)? }))
}

fn running(snap: &Snap<'_>, kind: &str) -> Result<BTreeMap<Id<Tenant>, u32>, Fault> {
    let count = |row: &Row<'_>| Ok((row.get(0)?, super::claim::count(row, 1)?));
    Ok(snap.all(&RUNNING, args![kind], count)?.into_iter().collect())
}
