//! Principals: users, agents and services, and what each was given.
//!
//! What must stay true:
//!
//! * Nobody is in by default: a principal is registered by an admin.
//! * An agent has agent roles and a user has the roles of people, so that no
//!   grant makes a person of an agent.
//! * A revoked principal does not come back.

pub mod list;
pub mod put;
pub mod revoke;

use super::{
    caller::Kind,
    key::{BadThumbprint, Thumbprint},
};
use crate::{
    db::{Row, Snap, args, statements},
    failure::{Failure, Fault},
};
use jiff::Timestamp;
use kernel::{
    id::{self, Id, Tenant},
    refusal::{Code, Refusal},
    role::{Role, Roles},
};

statements! {
    PRINCIPAL_FIND = "principal_find.sql";
    PRINCIPAL_HOME = "principal_home.sql";
    PRINCIPAL_OF_ISSUER = "principal_of_issuer.sql";
}

/// A principal as it is stored.
#[derive(Clone, Debug)]
pub struct Principal {
    pub id: Id<id::Principal>,
    pub kind: Kind,
    pub name: String,
    pub roles: Roles,
    pub issuer: Option<String>,
    pub subject: Option<String>,
    /// The key that their tokens are bound to.
    pub key: Option<Thumbprint>,
    pub revoked_at: Option<Timestamp>,
}

/// The principal.
///
/// # Errors
/// `record.not_found`, whether there is none or it is another tenant's.
pub(crate) fn found(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Principal>,
) -> Result<Principal, Failure> {
    snap.maybe(&PRINCIPAL_FIND, args![tenant, id], row)?.ok_or_else(|| unknown(id))
}

/// Asks ahead for [`found`].
pub(crate) fn foresee_found(snap: &Snap<'_>, tenant: Id<Tenant>, id: Id<id::Principal>) {
    snap.foresee(&PRINCIPAL_FIND, args![tenant, id]);
}

/// Asks ahead for [`of_issuer`].
pub(crate) fn foresee_of_issuer(snap: &Snap<'_>, tenant: Id<Tenant>, issuer: &str, subject: &str) {
    snap.foresee(&PRINCIPAL_OF_ISSUER, args![tenant, issuer, subject]);
}

/// The principal and its tenant, for somebody at the machine itself.
///
/// # Errors
/// `record.not_found`.
pub(crate) fn anywhere(
    snap: &Snap<'_>,
    id: Id<id::Principal>,
) -> Result<(Id<Tenant>, Principal), Failure> {
    let tenant: Option<Id<Tenant>> = snap.maybe(&PRINCIPAL_HOME, args![id], |row| row.get(0))?;
    let tenant = tenant.ok_or_else(|| unknown(id))?;
    Ok((tenant, found(snap, tenant, id)?))
}

/// Whom an external issuer means by a name, if the tenant registered them.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn of_issuer(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    issuer: &str,
    subject: &str,
) -> Result<Option<Principal>, Fault> {
    snap.maybe(&PRINCIPAL_OF_ISSUER, args![tenant, issuer, subject], row)
}

/// Said of a principal that is not there, or not for this caller.
pub(crate) fn unknown(id: Id<id::Principal>) -> Failure {
    let detail = format!("there is no principal `{id}`");
    Refusal::new(Code::RecordNotFound, detail).at("principal").into()
}

/// Reads `id, kind, name, roles, issuer, subject, revoked_at, key`.
fn row(row: &Row<'_>) -> Result<Principal, Fault> {
    Ok(Principal {
        id: row.get(0)?,
        kind: row.parsed(1)?,
        name: row.get(2)?,
        roles: row.json::<Vec<Role>>(3)?.into_iter().collect(),
        issuer: row.get(4)?,
        subject: row.get(5)?,
        revoked_at: row.get(6)?,
        key: row.get::<Option<String>>(7)?.map(|key| key.parse()).transpose().map_err(odd)?,
    })
}

fn odd(bad: BadThumbprint) -> Fault {
    Fault::Other(format!("the key of a principal cannot be read: {bad}"))
}

impl Principal {
    /// # Errors
    /// `principal.revoked`.
    pub(crate) fn usable(&self) -> Result<(), Box<Refusal>> {
        match self.revoked_at {
            None => Ok(()),
            Some(_) => {
                let detail = format!("the principal `{}` is revoked", self.id);
                Err(Refusal::new(Code::PrincipalRevoked, detail))
            }
        }
    }
}

/// Whether nobody may act as this principal who does not hold a key: nobody is
/// there to be asked, so whatever has its token would be it.
pub(crate) fn needs_key(principal: &Principal) -> bool {
    principal.kind == Kind::Service || principal.roles.iter().any(Role::is_of_services)
}

/// The most that a token may carry for whoever acts and whoever they act for.
/// A service lends nobody a role of people that they do not have themselves.
pub(crate) fn may_carry(actor: &Principal, subject: Option<&Principal>) -> Roles {
    let lent = |role: &Role| subject.is_none_or(|s| role.is_agent() || s.roles.contains(*role));
    actor.roles.iter().filter(lent).collect()
}

/// Whether all of what is asked for may be carried. Nothing asked is a no.
///
/// # Errors
/// `role.not_granted`.
pub(crate) fn check_granted(asked: Roles, may: Roles) -> Result<(), Box<Refusal>> {
    let beyond = asked.iter().find(|role| !may.contains(*role));
    let detail = match beyond {
        Some(role) => format!("the role {role} is not granted"),
        None if asked.is_empty() => "no role is granted".to_owned(),
        None => return Ok(()),
    };
    Err(Refusal::new(Code::RoleNotGranted, detail))
}

/// Whether somebody of this kind may be given these roles.
///
/// # Errors
/// `role.unfit`.
pub(crate) fn check_fit(kind: Kind, roles: &[Role]) -> Result<(), Box<Refusal>> {
    let unfit = roles.iter().find(|role| match kind {
        Kind::User => role.is_agent() || role.is_of_services(),
        Kind::Agent => !role.is_agent(),
        Kind::Service => false,
    });
    match unfit {
        None => Ok(()),
        Some(role) => {
            let detail = format!("a principal of kind {} cannot be {role}", kind.name());
            Err(Refusal::new(Code::RoleUnfit, detail).at("roles"))
        }
    }
}
