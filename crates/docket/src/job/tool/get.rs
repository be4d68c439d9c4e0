//! Reading one job, with its attempts.

use super::{
    seen::{Seen, seen},
    unknown,
};
use crate::{
    db::{Row, Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    identity::Caller,
    job::claim::count,
};
use jiff::Timestamp;
use kernel::{
    id::{Id, Job, Principal, Tenant},
    job::is_external,
    role::{Role, Roles},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

statements! {
    JOB_FIND = "find.sql";
    JOB_ATTEMPTS = "attempts.sql";
}

/// Read how a job stands, every attempt that was in vain, and its result. An
/// integration sees the jobs of its own kinds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    pub job: Id<Job>,
}

#[derive(Debug, Serialize)]
struct Whole {
    #[serde(flatten)]
    seen: Seen,
    /// Until when its worker has it, unless that says it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    lease_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_asked_at: Option<Timestamp>,
    /// How many jobs it waits for.
    blocked_by: i64,
    /// SHA-256 of the canonical payload.
    payload_digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<Id<Principal>>,
    timeout_s: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Box<RawValue>>,
    attempts: Vec<Attempt>,
}

/// An attempt that was in vain.
#[derive(Debug, Serialize)]
struct Attempt {
    number: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    worker: Option<String>,
    started_at: Timestamp,
    ended_at: Timestamp,
    how: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Look for Get {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let tenant = sight.caller.tenant;
        let mut whole = snap
            .maybe(&JOB_FIND, args![tenant, self.job], whole)?
            .filter(|whole| may_see(sight.caller, &whole.seen.kind))
            .ok_or_else(|| unknown(self.job))?;
        if !sight.caller.roles.contains(Role::Admin)
            && !sight.caller.roles.contains(Role::Integration)
        {
            whole.result = None;
        }
        whole.attempts = attempts(snap, tenant, self.job)?;
        Looked::new(&whole)
    }
}

/// Whether a caller may know of jobs of a kind: people of all, integrations of
/// those that are not Docket's own.
pub(super) fn may_see(caller: &Caller, kind: &str) -> bool {
    let people = Roles::of(&[Role::Admin, Role::Auditor]);
    is_external(kind) || !caller.roles.intersection(people).is_empty()
}

fn attempts(snap: &Snap<'_>, tenant: Id<Tenant>, job: Id<Job>) -> Result<Vec<Attempt>, Fault> {
    snap.all(&JOB_ATTEMPTS, args![tenant, job], |row| {
        Ok(Attempt {
            number: count(row, 0)?,
            worker: row.get(1)?,
            started_at: row.get(2)?,
            ended_at: row.get(3)?,
            how: row.get(4)?,
            error: row.get(5)?,
        })
    })
}

fn whole(row: &Row<'_>) -> Result<Whole, Fault> {
    let result: Option<String> = row.get(21)?;
    let result = result.map(RawValue::from_string).transpose();
    Ok(Whole {
        seen: seen(row)?,
        lease_until: row.get(14)?,
        cancel_asked_at: row.get(15)?,
        blocked_by: row.get(16)?,
        payload_digest: row.get(17)?,
        correlation: row.get(18)?,
        created_by: row.get(19)?,
        timeout_s: row.get::<i64>(20)? / 1_000_000,
        result: result.map_err(|cause| Fault::unreadable("job_done", "result", cause))?,
        attempts: Vec::new(),
    })
}
