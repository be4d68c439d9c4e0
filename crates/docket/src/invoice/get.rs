//! Reading an invoice or a credit note.

use super::{Status, store};
use crate::{
    db::Snap,
    door::{Look, Looked, Sight},
    failure::Failure,
    ticket,
};
use kernel::{
    id::{Id, Invoice},
    refusal::{Code, Refusal},
    role::{Role, Roles},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Read an invoice or a credit note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetInvoice {
    pub invoice: Id<Invoice>,
}

impl Look for GetInvoice {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        Looked::new(&seen(snap, sight, self.invoice)?)
    }
}

/// The invoice, as far as the caller may see it.
pub(super) fn seen(
    snap: &Snap<'_>,
    sight: &Sight<'_>,
    id: Id<Invoice>,
) -> Result<super::Invoice, Failure> {
    let none = || {
        let detail = format!("there is no invoice `{id}`");
        Failure::from(Refusal::new(Code::RecordNotFound, detail).at("invoice"))
    };
    let found = store::find(snap, sight.caller.tenant, id)?;
    let mut invoice = found.ok_or_else(none)?;
    // Whoever may not see the ticket learns nothing of its invoice.
    match ticket::seen(snap, sight.caller, invoice.ticket) {
        Ok(_) => {}
        Err(Failure::Refused(_)) => return Err(none()),
        Err(broke) => return Err(broke),
    }
    let roles = sight.caller.roles.intersection(sight.tool.roles());
    if roles == Roles::of(&[Role::Customer]) {
        if invoice.status != Status::Issued {
            return Err(none());
        }
        // What we compared among ourselves is not part of the bill.
        invoice.draft.checks.clear();
    }
    Ok(invoice)
}
