//! Registering somebody who may call, or changing what they were given.

use super::{Principal, check_fit, found, of_issuer};
use crate::{
    db::{Tx, args, statements},
    door::{Act, Verb},
    failure::Failure,
    identity::{self, Kind, key::Thumbprint},
};
use kernel::{
    id::{self, Id},
    refusal::{Code, Refusal},
    role::{Role, Roles},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    PRINCIPAL_PUT = "principal_put.sql";
}

/// Register a user, an agent or a service, or change its name and roles.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Whom to change; a new principal is made without it.
    pub principal: Option<Id<id::Principal>>,
    /// It never changes.
    pub kind: Kind,
    pub name: Line<120>,
    /// Everything they may do; what is not named is taken back.
    pub roles: Vec<Role>,
    /// An external issuer that vouches for them, as it is configured.
    pub issuer: Option<Line<255>>,
    /// What that issuer calls them.
    pub subject: Option<Line<255>>,
    /// The thumbprint of their public key (RFC 7638), to which their tokens are
    /// bound. A service has to have one to call.
    pub key: Option<Thumbprint>,
}

#[derive(Debug, Serialize)]
pub struct PrincipalPut {
    pub id: Id<id::Principal>,
    pub roles: Vec<Role>,
}

impl Verb for Put {
    type Done = PrincipalPut;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<PrincipalPut, Failure> {
        let known = self.principal.map(|id| found(tx, act.caller.tenant, id)).transpose()?;

        let principal = self.decide(tx, known)?;
        check_free(tx, act, &principal)?;

        act.subject(principal.id);
        act.fact("kind", principal.kind.name());
        act.fact("granted", names(principal.roles));
        if let Some(key) = principal.key {
            act.fact("key", key.to_string());
        }
        act.fact("own", principal.id == act.caller.actor);
        write(tx, act.caller.tenant, &principal)?;
        Ok(PrincipalPut { id: principal.id, roles: principal.roles.iter().collect() })
    }
}

impl Put {
    fn decide(self, tx: &Tx<'_>, known: Option<Principal>) -> Result<Principal, Failure> {
        check_fit(self.kind, &self.roles)?;
        if self.issuer.is_some() != self.subject.is_some() {
            let detail = "an external issuer and its name for the principal go together";
            return Err(Refusal::new(Code::InputMalformed, detail).at("issuer").into());
        }
        if let Some(known) = &known {
            known.usable()?;
            if known.kind != self.kind {
                let detail = format!("`{}` is of kind {}", known.id, known.kind.name());
                return Err(Refusal::new(Code::RecordConflict, detail).at("kind").into());
            }
        }
        Ok(Principal {
            id: known.map_or_else(|| tx.new_id(), |known| known.id),
            kind: self.kind,
            name: self.name.into(),
            roles: self.roles.into_iter().collect(),
            issuer: self.issuer.map(Into::into),
            subject: self.subject.map(Into::into),
            key: self.key,
            revoked_at: None,
        })
    }
}

/// Whether nobody else of the tenant is who the issuer calls by that name.
fn check_free(tx: &Tx<'_>, act: &Act<'_>, principal: &Principal) -> Result<(), Failure> {
    let (Some(issuer), Some(subject)) = (&principal.issuer, &principal.subject) else {
        return Ok(());
    };
    match of_issuer(tx, act.caller.tenant, issuer, subject)? {
        Some(holder) if holder.id != principal.id => {
            let detail = format!("that subject is already `{}`", holder.id);
            Err(Refusal::new(Code::RecordTaken, detail).at("subject").into())
        }
        _ => Ok(()),
    }
}

/// Writes a principal, and has every gate ask again.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn write(
    tx: &mut Tx<'_>,
    tenant: Id<id::Tenant>,
    principal: &Principal,
) -> Result<(), Failure> {
    tx.put(
        &PRINCIPAL_PUT,
        args![
            tenant,
            principal.id,
            principal.kind.name(),
            &principal.name,
            names(principal.roles).to_string(),
            principal.issuer.as_ref(),
            principal.subject.as_ref(),
            principal.key.map(|key| key.to_string()),
            tx.now(),
        ],
    )?;
    Ok(identity::changed(tx, tenant)?)
}

fn names(roles: Roles) -> serde_json::Value {
    roles.iter().map(Role::name).collect::<Vec<_>>().into()
}
