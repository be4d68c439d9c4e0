//! Taking a ticket out of a technician's hands.

use crate::{
    db::Tx,
    door::{Act, OnTicket},
    failure::Failure,
    ticket::{Standing, Ticket},
    visit::{self, Outcome},
};
use kernel::{
    id::{self, Id, Technician},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Take the ticket back from its technician. It stays scheduled for its window,
/// so that somebody else can be sent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unassign {
    pub ticket: Id<id::Ticket>,
    pub reason: Line<300>,
}

#[derive(Debug, Serialize)]
pub struct Unassigned {
    /// Who is free again.
    pub technician: Option<Id<Technician>>,
}

impl OnTicket for Unassign {
    type Done = Unassigned;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Unassigned, Failure> {
        let technician = ticket.technician;

        let (tenant, reason) = (act.caller.tenant, self.reason.as_str());
        visit::end_because(tx, tenant, ticket, Outcome::Unassigned, Some(reason))?;
        ticket.standing = Standing::Scheduled { offered: ticket.window.into_iter().collect() };

        technician.iter().for_each(|id| act.subject(id));
        Ok(Unassigned { technician })
    }
}
