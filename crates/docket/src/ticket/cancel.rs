//! Cancelling: nobody goes, and the customer hears of it.

use super::{Standing, Ticket};
use crate::{
    db::Tx,
    door::{Act, OnTicket},
    failure::Failure,
    identity::Caller,
    invoice::{self, TakenBack},
    outgoing::{self, Kind},
    visit::{self, Outcome},
};
use kernel::{
    id::{self, Id, Outgoing},
    text::Text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cancel a ticket for good.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    pub ticket: Id<id::Ticket>,
    /// Why, for our own people; the customer is told only that it is cancelled.
    pub reason: Text<500>,
}

#[derive(Debug, Serialize)]
pub struct Cancelled {
    /// The text that tells the customer.
    pub told: Id<Outgoing>,
    /// What became of the invoice draft, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<TakenBack>,
}

impl OnTicket for Cancel {
    type Done = Cancelled;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        invoice::foresee_standing(tx, caller.tenant, ticket.id);
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Cancelled, Failure> {
        let invoice = invoice::take_back(tx, act, ticket.id)?;
        visit::end(tx, act.caller.tenant, ticket, Outcome::Cancelled)?;
        ticket.standing = Standing::Cancelled { at: tx.now(), reason: self.reason.into() };
        let told = outgoing::queue(tx, act, ticket, ticket.contact, Kind::TicketCancelled, None)?;
        Ok(Cancelled { told, invoice })
    }
}
