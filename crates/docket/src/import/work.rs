//! The job that takes a file in: wave after wave, a turn at a time.
//!
//! After each wave it is written down how far the import is, together with the
//! rows that were set aside. Whoever goes on after a worker was killed begins
//! there; a row of the wave that was broken off is recognised by its idempotency
//! key, and has its one effect.

use super::{
    Format, Kind, Report,
    take::{self, Taken, Taking},
};
use crate::{
    audit::{Recorded, record::by_docket},
    db::{Committed, Snap, Tx, args, statements},
    door::Door,
    failure::{Failure, Fault},
    identity::{Caller, later},
    job::{
        self, NewJob,
        work::{Done, Lease, Run, Stop},
    },
};
use jiff::Timestamp;
use kernel::{
    id::{Entry, Id, Import, Principal, Tenant},
    refusal::{Code, Refusal},
    role::Role,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

statements! {
    IMPORT_FIND = "find.sql";
    IMPORT_GO_ON = "go_on.sql";
    IMPORT_END = "end.sql";
    IMPORT_BAD_ADD = "bad_add.sql";
}

/// Takes the rows of a file.
pub static TAKE: job::Kind = job::Kind::new("import.take");

/// After so many waves others have their turn.
const WAVES_MAX: usize = 100;

#[derive(Debug, Serialize, Deserialize)]
struct Take {
    import: Id<Import>,
}

/// Has a file taken in that is stored.
pub(super) fn queued(import: Id<Import>) -> Result<NewJob, Failure> {
    NewJob::new(&TAKE, &Take { import })
}

/// An import that has not ended.
struct Open {
    kind: Kind,
    format: Format,
    actor: Id<Principal>,
    on_behalf_of: Option<Id<Principal>>,
    roles: Vec<Role>,
    done: u64,
    report: Report,
    asked_at: Timestamp,
}

/// Does a turn of the job.
pub(crate) async fn take(door: Door, run: Run) -> Result<Done, Stop> {
    let Take { import } = run.payload()?;
    let tenant = run.job.tenant;
    let Some(mut open) = run.db.read(tenant, move |snap| find(snap, tenant, import)).await? else {
        return Ok(Done::Finished);
    };
    let caller = match run.db.read(tenant, open.caller(tenant)).await {
        Ok(caller) => caller,
        Err(Failure::Refused(no)) => return end(&door, &run, import, &open, Some(no.code)).await,
        Err(Failure::Broke(fault)) => return Err(fault.into()),
    };
    let Some(file) = door.store().staged(tenant, import).await? else {
        return end(&door, &run, import, &open, Some(Code::ImportGone)).await;
    };
    let rows = take::rows(open.kind, open.format, &file)
        .map_err(|no| Stop::GiveUp { code: no.code.name() })?;
    let mut taking = Taking {
        door: door.clone(),
        caller,
        kind: open.kind,
        correlation: run.job.cause().correlation,
        since: open.since(run.job.attempt),
    };
    for (turn, wave) in take::waves(open.kind, rows, open.done).enumerate() {
        if turn == WAVES_MAX {
            return Ok(Done::Snooze(run.db.clock().now()));
        }
        let taken = taking.take(wave, &mut open.report).await?;
        let (before, end) = (open.done, taken.end);
        note(&run, import, before, taken, &open.report).await?;
        (open.done, taking.since) = (end, None);
        run.lease.progress(percent(end, file.len()));
    }
    end(&door, &run, import, &open, None).await
}

fn percent(done: u64, size: usize) -> u8 {
    let percent = done.saturating_mul(100).checked_div(size as u64).unwrap_or(100);
    u8::try_from(percent).unwrap_or(100)
}

impl Open {
    /// Whoever asked for it, as far as they still may.
    fn caller(
        &self,
        tenant: Id<Tenant>,
    ) -> impl FnOnce(&Snap<'_>) -> Result<Caller, Failure> + Send + 'static {
        let (actor, on_behalf_of, tool) = (self.actor, self.on_behalf_of, self.kind.tool());
        let roles = self.roles.iter().copied().collect();
        move |snap| {
            let caller = later::caller(snap, tenant, actor, on_behalf_of, roles)?;
            crate::door::authorise::role(&caller, tool)?;
            Ok(caller)
        }
    }

    /// The oldest entry that an earlier turn of this import may have left
    /// without writing down how far it was.
    fn since(&self, attempt: u32) -> Option<Id<Entry>> {
        let ms = u64::try_from(self.asked_at.as_millisecond()).unwrap_or(0);
        (attempt > 1 || self.done > 0).then(|| Id::from_parts(ms, 0))
    }
}

fn find(snap: &Snap<'_>, tenant: Id<Tenant>, import: Id<Import>) -> Result<Option<Open>, Failure> {
    let found = snap.maybe(&IMPORT_FIND, args![tenant, import], |row| {
        Ok(Open {
            kind: Kind::named(&row.get::<String>(0)?)
                .ok_or_else(|| Fault::unreadable("import", "kind", "no such kind"))?,
            format: Format::named(&row.get::<String>(1)?)
                .ok_or_else(|| Fault::unreadable("import", "format", "no such format"))?,
            actor: row.get(2)?,
            on_behalf_of: row.get(3)?,
            roles: row.json(4)?,
            done: u64::try_from(row.get::<i64>(5)?)
                .map_err(|cause| Fault::unreadable("import", "done", cause))?,
            report: row.json(6)?,
            asked_at: row.get(7)?,
        })
    });
    Ok(found?)
}

/// Writes down how far the import is, unless somebody else has the job by now.
async fn note(
    run: &Run,
    import: Id<Import>,
    before: u64,
    taken: Taken,
    report: &Report,
) -> Result<(), Stop> {
    let (tenant, report) = (run.job.tenant, serde_json::to_string(report).map_err(Fault::from)?);
    let taken = Arc::new(taken);
    let step = move |tx: &mut Tx<'_>| match note_in(tx, tenant, import, before, &taken, &report) {
        Ok(()) => Committed::Changed((), Recorded::by_the_jobs()),
        Err(failure) => Committed::Failed(failure),
    };
    Ok(run.db.write(tenant, step).await?)
}

pub(super) fn note_in(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    import: Id<Import>,
    before: u64,
    taken: &Taken,
    report: &str,
) -> Result<(), Failure> {
    let args = args![tenant, import, bytes(before), bytes(taken.end), report];
    if tx.execute(&IMPORT_GO_ON, args)? != 1 {
        let detail = "somebody else goes on with the import";
        return Err(Refusal::new(Code::JobLeaseLost, detail).into());
    }
    for (number, bad) in &taken.bad {
        let body = serde_json::to_string(bad)?;
        tx.put(&IMPORT_BAD_ADD, args![tenant, import, bytes(*number), body])?;
    }
    Ok(())
}

fn bytes(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Ends the import and its job together, and removes the file.
async fn end(
    door: &Door,
    run: &Run,
    import: Id<Import>,
    open: &Open,
    stopped: Option<Code>,
) -> Result<Done, Stop> {
    let (tenant, lease, report) = (run.job.tenant, run.lease.clone(), open.report.clone());
    let step = move |tx: &mut Tx<'_>| match end_in(tx, tenant, import, &report, stopped, &lease) {
        Ok(recorded) => Committed::Changed((), recorded),
        Err(failure) => Committed::Failed(failure),
    };
    run.db.write(tenant, step).await?;
    // It holds what people wrote about people. What stays here is swept up later.
    let _ = door.store().unstage(tenant, import).await;
    Ok(Done::Committed)
}

fn end_in(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    import: Id<Import>,
    report: &Report,
    stopped: Option<Code>,
    lease: &Lease,
) -> Result<Recorded, Failure> {
    let stopped = stopped.map(Code::name);
    tx.put(&IMPORT_END, args![tenant, import, tx.now(), stopped])?;
    let mut entry = by_docket(tenant, tx.new_id(), tx.now(), "import.end");
    entry.subjects.push(import.to_string());
    entry.payload.insert("rows".to_owned(), report.rows.into());
    entry.payload.insert("quarantined".to_owned(), report.quarantined.into());
    if let Some(stopped) = stopped {
        entry.payload.insert("stopped".to_owned(), stopped.into());
    }
    let recorded = tx.record(&entry)?;
    lease.complete(tx, &json!({ "import": import, "stopped": stopped, "report": report }))?;
    Ok(recorded)
}
