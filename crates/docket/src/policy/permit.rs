//! Using a token: for one job, once.

use super::Sent;
use crate::{
    db::{Tx, args, statements},
    door::Act,
    failure::{Failure, Fault},
};
use jiff::Timestamp;
use kernel::{
    canonical::Digest,
    id::{Id, Job, Policy, Principal, Tenant},
    job::KindName,
    key::Key,
    policy::{Attempt, Prohibited, Resource, Token},
    refusal::{Code, Refusal},
};

statements! {
    USE_ADD = "use_add.sql";
    USE_FIND = "use_find.sql";
}

/// What somebody wants to have done.
pub(crate) struct Wish<'a> {
    pub token: &'a Sent,
    pub project: &'a Key,
    pub action: &'a KindName,
    pub resource: &'a Resource,
    /// SHA-256 of the canonical payload.
    pub payload: Digest,
    /// When it is to be done, if not at once.
    pub due: Option<Timestamp>,
}

/// That a token permits a job, which has yet to use it.
#[derive(Clone, Debug)]
pub(crate) struct Permit {
    pub token: Id<Policy>,
    used_by: Id<Principal>,
    project: Key,
    resource: Resource,
    sealed: String,
}

/// Whether a token permits what somebody wants, now and when it is due.
///
/// # Errors
/// `policy.invalid`, `policy.elsewhere`, `policy.expired`, or
/// `approval.second_person` to whoever permitted it.
pub(crate) fn permit(tx: &Tx<'_>, act: &mut Act<'_>, wish: &Wish<'_>) -> Result<Permit, Failure> {
    let invalid = |bad: kernel::policy::BadToken| {
        Refusal::new(Code::PolicyInvalid, bad.to_string()).at("policy.token")
    };
    let token: Token = wish.token.read().map_err(invalid)?;
    let verified = token.verify(&act.trusted(tx.now())?).map_err(invalid)?;
    act.policy = Some(verified.grant().id);
    if act.caller.is_any_of(&[verified.grant().approved_by]) {
        let detail = "whoever permitted this has somebody else have it done";
        return Err(Refusal::new(Code::SecondPersonNeeded, detail).at("policy.token").into());
    }
    let attempt = |at| Attempt {
        tenant: act.caller.tenant,
        project: wish.project.clone(),
        action: wish.action.clone(),
        resource: wish.resource.clone(),
        payload: wish.payload,
        bearer: Some(act.caller.actor),
        at,
    };
    let due = wish.due.filter(|due| *due > tx.now());
    for at in [Some(tx.now()), due].into_iter().flatten() {
        if let Some(no) = verified.prohibits(&attempt(at)) {
            return Err(refusal(no).at("policy.token").into());
        }
    }
    Ok(Permit {
        token: verified.grant().id,
        used_by: act.caller.actor,
        project: wish.project.clone(),
        resource: wish.resource.clone(),
        sealed: token.sealed().expose(),
    })
}

/// A prohibition as whoever tried is told.
pub(super) fn refusal(no: Prohibited) -> Box<Refusal> {
    let code = match no {
        Prohibited::NotYet(_) | Prohibited::Expired(_) => Code::PolicyExpired,
        _ => Code::PolicyElsewhere,
    };
    Refusal::new(code, format!("the policy token does not permit this: {no}"))
        .fact("differs", no.name())
}

/// Uses a token for a job, in the transaction that queues it.
///
/// # Errors
/// `policy.spent` or `policy.revoked`.
pub(crate) fn spend(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    permit: &Permit,
    job: Id<Job>,
) -> Result<(), Failure> {
    tx.lock("policy", permit.token);
    let args = args![
        tenant,
        permit.token,
        tx.now(),
        permit.used_by,
        job,
        permit.project.as_str(),
        permit.resource.as_str(),
        &permit.sealed,
    ];
    match tx.execute(&USE_ADD, args)? {
        1 => Ok(()),
        _ => Err(why_not(tx, tenant, permit.token)?),
    }
}

fn why_not(tx: &Tx<'_>, tenant: Id<Tenant>, token: Id<Policy>) -> Result<Failure, Fault> {
    let revoked = tx.one(&USE_FIND, args![tenant, token], |row| row.get::<bool>(0))?;
    let (code, detail) = match revoked {
        true => (Code::PolicyRevoked, "the policy token was revoked"),
        false => (Code::PolicySpent, "the policy token was used"),
    };
    Ok(Refusal::new(code, detail).at("policy.token").into())
}
