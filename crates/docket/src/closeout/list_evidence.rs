//! The evidence of a ticket, without its bytes.

use super::{Exception, Item, checklist, exceptions, foresee_said, no_signature};
use crate::{
    db::Snap,
    door::{Look, Looked, Sight},
    evidence::{self, Piece},
    failure::Failure,
};
use kernel::id::{self, Id};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// List the evidence of a ticket, its checklist and its exceptions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListEvidence {
    pub ticket: Id<id::Ticket>,
}

#[derive(Debug, Serialize)]
pub struct Listed {
    pub evidence: Vec<Piece>,
    pub checklist: Vec<Item>,
    pub no_signature_reason: Option<String>,
    pub exceptions: Vec<Exception>,
}

impl Look for ListEvidence {
    fn ticket(&self) -> Option<Id<id::Ticket>> {
        Some(self.ticket)
    }

    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let (ticket, _) = sight.the_ticket()?;
        let tenant = sight.caller.tenant;
        foresee_said(snap, tenant, ticket.id);
        let listed = Listed {
            evidence: evidence::of_ticket(snap, tenant, ticket.id)?,
            checklist: checklist(snap, tenant, ticket.id)?,
            no_signature_reason: no_signature(snap, tenant, ticket.id)?,
            exceptions: exceptions(snap, tenant, ticket.id)?,
        };
        Ok(Looked::new(&listed)?.version(ticket.version))
    }
}
