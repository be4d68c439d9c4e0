//! Arriving on site.

use crate::{
    db::Tx,
    door::{Act, OnTicket},
    failure::{Failure, Fault},
    ticket::{Standing, Ticket},
    visit,
};
use jiff::Timestamp;
use kernel::id::{self, Id, Visit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Say that you are on site.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    pub ticket: Id<id::Ticket>,
}

#[derive(Debug, Serialize)]
pub struct CheckedIn {
    pub visit: Id<Visit>,
    pub arrived_at: Timestamp,
}

impl OnTicket for CheckIn {
    type Done = CheckedIn;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<CheckedIn, Failure> {
        let Standing::Dispatched { visit } = ticket.standing else {
            return Err(Fault::Other("a ticket without a visit was checked in to".into()).into());
        };

        visit::arrive(tx, act.caller.tenant, visit)?;
        ticket.standing = Standing::InProgress { visit: Some(visit) };

        act.subject(visit);
        Ok(CheckedIn { visit, arrived_at: tx.now() })
    }
}
