//! Promises that were broken. Each is noted once, with an entry of the audit log:
//! by the next look at the clocks, or by the step that came too late, whichever
//! is first.

use super::Ticket;
use crate::{
    audit::{Recorded, record::by_docket},
    db::{Committed, Scope, Snap, Tx, args, statements},
    failure::{Failure, Fault},
    job::{
        self, Kind, NewJob,
        work::{Done, Lease, Round, Run, Stop},
    },
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{self, Entry, Id, Tenant},
    sla,
};
use serde_json::json;
use std::collections::BTreeMap;

statements! {
    BREACH_ADD = "breach_add.sql";
    BREACH_COUNT = "breach_count.sql";
    BREACH_DUE = "breach_due.sql";
    BREACH_TENANTS = "breach_tenants.sql";
}

/// Notes what a tenant has promised and not kept.
pub(crate) static CHECK: Kind = Kind::new("clock.check");

/// Looks at the clocks of everybody.
pub(crate) const ROUND: Round =
    Round { name: "clock", every: SignedDuration::from_mins(1), look: look_round };

/// At most so many are noted in one transaction, so that nobody waits long for the next.
const BATCH_MAX: i64 = 100;

/// What was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    Response,
    Resolution,
}

impl Promise {
    pub const ALL: [Self; 2] = [Self::Response, Self::Resolution];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Resolution => "resolution",
        }
    }
}

/// A promise that has passed unkept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Broken {
    ticket: Id<id::Ticket>,
    promise: Promise,
    /// When it was due.
    due: Timestamp,
}

impl Ticket {
    /// The promises that have passed and are still open.
    pub(super) fn broken(&self, now: Timestamp) -> [Option<Broken>; 2] {
        let at = self.paused_at.unwrap_or(now);
        let broken = |promise, due: Option<Timestamp>, kept: Option<Timestamp>| {
            let due = due.filter(|due| kept.is_none() && sla::breached(*due, at))?;
            Some(Broken { ticket: self.id, promise, due })
        };
        [
            broken(Promise::Response, self.response_due, self.responded_at),
            broken(Promise::Resolution, self.resolution_due, self.resolved_at),
        ]
    }
}

/// Notes a broken promise, unless somebody has.
pub(super) fn note(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    broken: &Broken,
) -> Result<Option<Recorded>, Fault> {
    let Broken { ticket, promise, due } = *broken;
    let id: Id<Entry> = tx.new_id();
    let args = args![tenant, ticket, promise.name(), due, tx.now(), id];
    if tx.execute(&BREACH_ADD, args)? == 0 {
        return Ok(None);
    }
    let mut entry = by_docket(tenant, id, tx.now(), "clock.breach");
    entry.ticket = Some(ticket);
    entry.payload.insert("promise".to_owned(), promise.name().into());
    entry.payload.insert("due".to_owned(), due.to_string().into());
    tracing::warn!(%tenant, %ticket, promise = promise.name(), "a promise was broken");
    tx.record(&entry).map(Some)
}

/// Has the promises of every tenant noted that has any to note. Tickets are read
/// as one tenant's at a time, never across them.
fn look_round(tx: &mut Tx<'_>) -> Result<(), Failure> {
    let tenants: Vec<Id<Tenant>> = tx.all(&BREACH_TENANTS, args![], |row| row.get(0))?;
    for tenant in tenants {
        tx.enter(tenant);
        if !due(tx, tenant, 1)?.is_empty() {
            job::enqueue_alone(tx, tenant, NewJob::new(&CHECK, &json!({}))?)?;
        }
    }
    tx.enter(Scope::Everyone);
    Ok(())
}

/// Does the job.
pub(crate) async fn check(run: Run) -> Result<Done, Stop> {
    let (tenant, mut noted) = (run.job.tenant, 0);
    loop {
        let lease = run.lease.clone();
        let step = move |tx: &mut Tx<'_>| note_some(tx, tenant, noted, &lease);
        let (more, ended) = run.db.write(tenant, step).await?;
        noted = more;
        if ended {
            return Ok(Done::Committed);
        }
    }
}

/// Notes a batch, and ends the job with the last. Says how many were noted in
/// all, and whether that was the last.
fn note_some(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    noted: u64,
    lease: &Lease,
) -> Committed<(u64, bool)> {
    match try_note_some(tx, tenant, noted, lease) {
        Ok((noted, ended, recorded)) => Committed::Changed((noted, ended), recorded),
        Err(failure) => Committed::Failed(failure),
    }
}

fn try_note_some(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    mut noted: u64,
    lease: &Lease,
) -> Result<(u64, bool, Recorded), Failure> {
    let due = due(tx, tenant, BATCH_MAX)?;
    let mut last = Recorded::by_the_jobs();
    for broken in &due {
        if let Some(recorded) = note(tx, tenant, broken)? {
            (noted, last) = (noted + 1, recorded);
        }
    }
    let ended = due.len() < BATCH_MAX as usize;
    if ended {
        lease.complete(tx, &json!({ "noted": noted }))?;
    }
    Ok((noted, ended, last))
}

/// How many promises were broken, by what was promised, for all tenants.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn count(snap: &Snap<'_>) -> Result<BTreeMap<String, i64>, Fault> {
    let rows = snap.all(&BREACH_COUNT, args![], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.into_iter().collect())
}

/// Promises of a tenant that have passed unkept and were not noted.
fn due(snap: &Snap<'_>, tenant: Id<Tenant>, most: i64) -> Result<Vec<Broken>, Fault> {
    snap.all(&BREACH_DUE, args![tenant, snap.now(), most], |row| {
        let name: String = row.get(1)?;
        let promise = Promise::ALL.into_iter().find(|promise| promise.name() == name);
        let none = || Fault::unreadable("breach", "promise", "no such promise");
        Ok(Broken { ticket: row.get(0)?, promise: promise.ok_or_else(none)?, due: row.get(2)? })
    })
}
