//! Reopening: the work was not done after all. What was proved stays proved,
//! what was billed is taken back.

use super::{Standing, Ticket};
use crate::{
    closeout,
    db::Tx,
    door::{Act, Before, OnTicket},
    failure::Failure,
    identity::Caller,
    invoice::{self, TakenBack},
    message,
};
use kernel::{
    id::{self, Id},
    text::Text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Take up a ticket again that was verified, invoiced or closed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reopen {
    pub ticket: Id<id::Ticket>,
    /// Why, for those who work on it next.
    pub reason: Text<500>,
}

#[derive(Debug, Serialize)]
pub struct Reopened {
    /// What became of the invoice, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<TakenBack>,
}

impl OnTicket for Reopen {
    type Done = Reopened;

    // The packet of what was closed is made before anything of it can change.
    const BEFORE: Before = Before::Packet;

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
    ) -> Result<Reopened, Failure> {
        let invoice = invoice::take_back(tx, act, ticket.id)?;
        closeout::begin_anew(tx, act.caller.tenant, ticket.id)?;
        ticket.standing = Standing::InProgress { visit: None };
        message::note(tx, act, ticket.id, &self.reason)?;
        Ok(Reopened { invoice })
    }
}
