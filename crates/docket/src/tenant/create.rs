//! Making another tenant, with its first admin: only the operating tenant may.

use super::Settings;
use crate::{
    db::{Scope, Tx, args, statements},
    directory::incident_type,
    door::{Act, Verb},
    failure::Failure,
    identity::principal,
    setup::first_admin,
};
use kernel::{
    id::{self, Id, Tenant},
    money::Currency,
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    TENANT_ADD = "tenant_add.sql";
    TENANT_NAMED = "tenant_named.sql";
}

/// Make a tenant of its own for another organisation, with its first admin.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    pub name: Line<120>,
    /// The name of its first admin.
    pub admin: Line<120>,
    /// The currency of its tickets, as in ISO 4217.
    pub currency: Currency,
}

#[derive(Debug, Serialize)]
pub struct TenantCreated {
    pub id: Id<Tenant>,
    pub admin: Id<id::Principal>,
}

impl Verb for Create {
    type Done = TenantCreated;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<TenantCreated, Failure> {
        if !act.caller.operator {
            let detail = "this tenant does not operate this Docket";
            return Err(Refusal::new(Code::OperatorOnly, detail).into());
        }
        tx.enter(Scope::Everyone);
        let taken = tx.maybe(&TENANT_NAMED, args![self.name.as_str()], |_| Ok(()))?;
        tx.enter(act.caller.tenant);
        if taken.is_some() {
            let detail = "there is a tenant of that name";
            return Err(Refusal::new(Code::RecordTaken, detail).at("name").into());
        }

        let (tenant, admin) = (tx.new_id(), tx.new_id());
        act.subject(tenant);
        tx.enter(tenant);
        act.subject(admin);
        write(tx, tenant, &self.name, false, &Settings::new(self.currency))?;
        principal::put::write(tx, tenant, &first_admin(admin, &self.admin))?;
        tx.enter(act.caller.tenant);
        Ok(TenantCreated { id: tenant, admin })
    }
}

/// Writes a new tenant, with the incident types that it starts from.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn write(
    tx: &mut Tx<'_>,
    id: Id<Tenant>,
    name: &Line<120>,
    operator: bool,
    settings: &Settings,
) -> Result<(), Failure> {
    let settings = serde_json::to_string(settings)?;
    tx.put(&TENANT_ADD, args![id, name.as_str(), operator, settings, tx.now()])?;
    Ok(incident_type::seed(tx, id)?)
}
