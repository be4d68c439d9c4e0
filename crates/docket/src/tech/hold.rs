//! Stopping because something is waited for.

use crate::{
    db::Tx,
    door::{Act, OnTicket},
    failure::{Failure, Fault},
    ticket::{Standing, Ticket},
};
use jiff::Timestamp;
use kernel::{
    id::{self, Id},
    sla::WaitingFor,
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Stop the work, and say what is waited for and on whom it waits.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    pub ticket: Id<id::Ticket>,
    pub reason: Line<300>,
    pub waiting_for: WaitingFor,
}

#[derive(Debug, Serialize)]
pub struct Held {
    pub since: Timestamp,
    pub waiting_for: WaitingFor,
}

impl OnTicket for Hold {
    type Done = Held;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>, ticket: &mut Ticket) -> Result<Held, Failure> {
        let Standing::InProgress { visit } = ticket.standing else {
            return Err(Fault::Other("work was held that had not begun".into()).into());
        };

        let (reason, waiting_for, since) = (self.reason.into(), self.waiting_for, tx.now());
        ticket.standing = Standing::OnHold { visit, reason, waiting_for, since };

        act.fact("waiting_for", serde_json::to_value(waiting_for)?);
        Ok(Held { since, waiting_for })
    }
}
