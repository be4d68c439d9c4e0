//! What a job is held to when it is run: the token that it was queued with.

use super::permit::refusal;
use crate::{
    audit::{Recorded, record::by_docket},
    db::{Row, Tx, args, statements},
    door::Act,
    failure::{Failure, Fault},
    job::{self, Claimed, Ended},
};
use jiff::Timestamp;
use kernel::{
    audit::{Entry, Outcome},
    canonical::Digest,
    id::{Id, Policy, Principal},
    job::{How, KindName},
    key::Key,
    policy::{Attempt, Resource, Token},
    refusal::{Code, Refusal},
};
use serde::Serialize;

statements! {
    USE_OF_JOB = "use_of_job.sql";
}

/// What permits a job, as its worker is told. The worker can verify it without us.
#[derive(Clone, Debug, Serialize)]
pub struct HeldTo {
    pub token: Id<Policy>,
    pub project: String,
    pub resource: String,
    /// The policy token, sealed: proof of what was permitted, by whom.
    pub sealed: String,
}

/// What is kept of the use of a token.
struct Used {
    to: HeldTo,
    by: Id<Principal>,
    revoked_at: Option<Timestamp>,
}

/// Whether a job may still be run: its token verified again, over the payload as
/// it lies there now.
///
/// # Errors
/// `policy.missing`, `policy.invalid`, `policy.elsewhere`, `policy.expired` or
/// `policy.revoked`.
pub(crate) fn hold_to(tx: &Tx<'_>, act: &Act<'_>, job: &Claimed) -> Result<HeldTo, Failure> {
    let used = tx.maybe(&USE_OF_JOB, args![job.tenant, job.id], used)?.ok_or_else(|| {
        Refusal::new(Code::PolicyMissing, "the job was queued without a policy token")
    })?;
    if used.revoked_at.is_some() {
        return Err(Refusal::new(Code::PolicyRevoked, "the policy token was revoked").into());
    }
    let invalid = |bad: &dyn std::fmt::Display| Refusal::new(Code::PolicyInvalid, bad.to_string());
    let token: Token = used.to.sealed.parse().map_err(|bad| invalid(&bad))?;
    let verified = token.verify(&act.trusted(tx.now())?).map_err(|bad| invalid(&bad))?;
    let attempt = attempt(tx, job, &used).ok_or_else(|| invalid(&"what is kept is unreadable"))?;
    match verified.prohibits(&attempt) {
        Some(no) => Err(refusal(no).into()),
        None if verified.grant().id != used.to.token => {
            Err(invalid(&"the policy token is another one").into())
        }
        None => Ok(used.to),
    }
}

fn attempt(tx: &Tx<'_>, job: &Claimed, used: &Used) -> Option<Attempt> {
    Some(Attempt {
        tenant: job.tenant,
        project: used.to.project.parse::<Key>().ok()?,
        action: job.kind.parse::<KindName>().ok()?,
        resource: used.to.resource.parse::<Resource>().ok()?,
        // Not the digest that is kept beside it.
        payload: Digest::of_bytes(job.payload.as_bytes()),
        bearer: Some(used.by),
        at: tx.now(),
    })
}

fn used(row: &Row<'_>) -> Result<Used, Fault> {
    Ok(Used {
        to: HeldTo {
            token: row.get(0)?,
            sealed: row.get(1)?,
            project: row.get(2)?,
            resource: row.get(3)?,
        },
        by: row.get(4)?,
        revoked_at: row.get(5)?,
    })
}

/// Ends a job that may not be run, for good, and writes down why.
pub(crate) fn stop(
    tx: &mut Tx<'_>,
    act: &Act<'_>,
    job: &Claimed,
    why: &Refusal,
) -> Result<(), Fault> {
    let ended = Ended { error: Some(why.code.name().into()), ..Ended::by(How::GaveUp) };
    // The job was taken in this transaction, so nobody else can have it.
    let _ = job::end(tx, job.held(), &ended)?;
    let token = tx.maybe(&USE_OF_JOB, args![job.tenant, job.id], |row| row.get(0))?;
    let mut entry = Entry {
        actor: act.caller.known_actor(),
        on_behalf_of: act.caller.on_behalf_of,
        roles: act.caller.roles.iter().collect(),
        outcome: Outcome::Refused,
        refusal: Some(why.code.name().to_owned()),
        subjects: vec![job.id.to_string()],
        policy: token,
        ..by_docket(job.tenant, tx.new_id(), tx.now(), act.tool.name())
    };
    entry.payload.insert("kind".to_owned(), job.kind.as_str().into());
    let _beside_that_of_the_call: Recorded = tx.record(&entry)?;
    Ok(())
}
