//! Revoking a principal: out within a second, with every token they hold, and for good.

use super::found;
use crate::{
    db::{Tx, args, statements},
    door::{Act, Verb},
    failure::{Failure, Fault},
    identity,
};
use kernel::id::{self, Id, Tenant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    PRINCIPAL_REVOKE = "principal_revoke.sql";
}

/// Shut a principal out for good, with every token they hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    pub principal: Id<id::Principal>,
}

#[derive(Debug, Serialize)]
pub struct PrincipalRevoked {
    pub id: Id<id::Principal>,
}

impl Verb for Revoke {
    type Done = PrincipalRevoked;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<PrincipalRevoked, Failure> {
        let principal = found(tx, act.caller.tenant, self.principal)?;
        principal.usable()?;

        act.subject(principal.id);
        write(tx, act.caller.tenant, principal.id)?;
        Ok(PrincipalRevoked { id: principal.id })
    }
}

/// Writes that a principal is revoked who was not, and has every gate ask again.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn write(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Principal>,
) -> Result<(), Fault> {
    tx.put_one(&PRINCIPAL_REVOKE, args![tenant, id, tx.now()])?;
    identity::changed(tx, tenant)
}
