//! Holding what a token asks for against what the database says.

use super::invalid;
use crate::{
    db::{Snap, args, statements},
    failure::Failure,
    identity::{
        Caller, Kind,
        key::Thumbprint,
        principal::{self, Principal, check_granted, found, may_carry, needs_key, of_issuer},
        token::Claims,
    },
};
use jiff::Timestamp;
use kernel::{
    id::{self, Id, Tenant},
    refusal::{Code, Refusal},
    role,
};

statements! {
    TENANT_FIND = "tenant_find.sql";
    REVOKED = "revoked.sql";
    ADMITTED = "admitted.sql";
}

/// What an authentic token asks for.
pub(super) struct Asked {
    pub tenant: Id<Tenant>,
    pub subject: Who,
    pub actor: Option<Who>,
    pub roles: Roles,
}

/// A principal, as an issuer names it.
pub(super) enum Who {
    Ours(Id<id::Principal>),
    Theirs { issuer: String, subject: String },
}

pub(super) enum Roles {
    /// Our own issuer knows our roles, and asks for nothing that is not granted.
    All(Vec<String>),
    /// Others know groups; those that are our roles count, where granted.
    Any(role::Roles),
}

/// A token whose signature holds.
pub(super) struct Authentic {
    pub kid: String,
    pub claims: Claims,
    pub asked: Asked,
}

/// The caller, and whether their login is in the audit log.
pub(super) fn stand(snap: &Snap<'_>, token: &Authentic) -> Result<(Caller, bool), Failure> {
    let Authentic { claims, asked, .. } = token;
    let tenant = asked.tenant;
    foresee(snap, token);
    let operator = snap.maybe(&TENANT_FIND, args![tenant], |row| row.get::<bool>(0))?;
    let operator = operator.ok_or_else(|| invalid("there is no such tenant"))?;
    let subject = who(snap, tenant, &asked.subject)?;
    let actor = asked.actor.as_ref().map(|actor| who(snap, tenant, actor)).transpose()?;
    check_acting(&subject, actor.as_ref())?;
    check_revoked(snap, tenant, token, [Some(&subject), actor.as_ref()])?;
    check_bound(actor.as_ref().unwrap_or(&subject), claims.jkt)?;
    let roles = match &actor {
        Some(actor) => carried(asked, may_carry(actor, Some(&subject)))?,
        None => carried(asked, may_carry(&subject, None))?,
    };
    let args = args![tenant, &claims.iss, &claims.jti];
    let admitted = snap.maybe(&ADMITTED, args, |_| Ok(()))?.is_some();
    let caller = Caller {
        tenant,
        operator,
        actor: actor.as_ref().map_or(subject.id, |actor| actor.id),
        on_behalf_of: actor.map(|_| subject.id),
        roles,
        token: claims.jti.clone(),
        key: claims.jkt,
        expires: Timestamp::from_second(claims.exp).map_err(|_| invalid("`exp` is not a time"))?,
    };
    Ok((caller, admitted))
}

/// Asks ahead for all that there is to ask.
fn foresee(snap: &Snap<'_>, token: &Authentic) {
    let Authentic { kid, claims, asked } = token;
    let tenant = asked.tenant;
    for who in [Some(&asked.subject), asked.actor.as_ref()].into_iter().flatten() {
        match who {
            Who::Ours(id) => principal::foresee_found(snap, tenant, *id),
            Who::Theirs { issuer, subject } => {
                principal::foresee_of_issuer(snap, tenant, issuer, subject);
            }
        }
    }
    snap.foresee(&REVOKED, args![tenant, &claims.jti, kid]);
    snap.foresee(&ADMITTED, args![tenant, &claims.iss, &claims.jti]);
}

fn who(snap: &Snap<'_>, tenant: Id<Tenant>, who: &Who) -> Result<Principal, Failure> {
    let unknown = || Failure::from(invalid("the token names nobody who is registered here"));
    let principal = match who {
        Who::Theirs { issuer, subject } => of_issuer(snap, tenant, issuer, subject)?,
        Who::Ours(id) => match found(snap, tenant, *id) {
            // Somebody else vouches for them, so our word is not enough.
            Ok(principal) => Some(principal).filter(|principal| principal.issuer.is_none()),
            Err(Failure::Refused(_)) => None,
            Err(broke) => return Err(broke),
        },
    };
    principal.ok_or_else(unknown)
}

fn check_acting(subject: &Principal, actor: Option<&Principal>) -> Result<(), Box<Refusal>> {
    match actor {
        None => Ok(()),
        Some(actor) if actor.kind != Kind::User && subject.kind == Kind::User => Ok(()),
        Some(_) => Err(invalid("an agent or a service acts for a user, nobody else for anybody")),
    }
}

fn check_revoked(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    token: &Authentic,
    people: [Option<&Principal>; 2],
) -> Result<(), Failure> {
    if people.into_iter().flatten().any(|one| one.revoked_at.is_some()) {
        return Err(Refusal::new(Code::TokenRevoked, "the principal is revoked").into());
    }
    let args = args![tenant, &token.claims.jti, &token.kid];
    match snap.maybe(&REVOKED, args, |row| row.get::<String>(0))? {
        None => Ok(()),
        Some(kind) => {
            let detail = format!("the {kind} is revoked");
            Err(Refusal::new(Code::TokenRevoked, detail).into())
        }
    }
}

/// Whether a token of whoever acts is bound as it has to be: to the key that
/// they registered, whatever its issuer was told.
fn check_bound(acting: &Principal, key: Option<Thumbprint>) -> Result<(), Box<Refusal>> {
    let detail = match acting.key {
        Some(registered) if key == Some(registered) => return Ok(()),
        Some(_) => "the token is not bound to the key that its principal has registered",
        None if needs_key(acting) => "the token is of a service that has registered no key",
        None => return Ok(()),
    };
    Err(Refusal::new(Code::TokenUnbound, detail))
}

fn carried(asked: &Asked, may: role::Roles) -> Result<role::Roles, Box<Refusal>> {
    let roles = match &asked.roles {
        Roles::Any(roles) => roles.intersection(may),
        Roles::All(names) => names.iter().map(|name| named(name)).collect::<Result<_, _>>()?,
    };
    check_granted(roles, may)?;
    Ok(roles)
}

fn named(name: &str) -> Result<role::Role, Box<Refusal>> {
    let role = role::Role::ALL.iter().copied().find(|role| role.name() == name);
    role.ok_or_else(|| Refusal::new(Code::RoleUnknown, "the token names a role that is none"))
}
