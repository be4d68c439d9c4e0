//! Whoever asked for something that is done later, as far as they still may.

use super::{Caller, principal};
use crate::{db::Snap, failure::Failure};
use jiff::Timestamp;
use kernel::{
    id::{Id, Principal, Tenant},
    refusal::{Code, Refusal},
    role::Roles,
};

/// The caller whose call is carried out now. They have the roles they called
/// with, without those that were taken from them since. Their token may have
/// ended: it let the call in, and what the call asked for is what is done.
///
/// # Errors
/// `principal.revoked` or `role.not_granted`.
pub(crate) fn caller(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    actor: Id<Principal>,
    on_behalf_of: Option<Id<Principal>>,
    roles: Roles,
) -> Result<Caller, Failure> {
    let acting = principal::found(snap, tenant, actor)?;
    acting.usable()?;
    let subject = on_behalf_of.map(|id| principal::found(snap, tenant, id)).transpose()?;
    if let Some(subject) = &subject {
        subject.usable()?;
    }
    let roles = roles.intersection(principal::may_carry(&acting, subject.as_ref()));
    if roles.is_empty() {
        return Err(Refusal::new(Code::RoleNotGranted, "no role is left").into());
    }
    let (token, expires) = (String::new(), Timestamp::MIN);
    Ok(Caller { tenant, operator: false, actor, on_behalf_of, roles, token, key: None, expires })
}
