//! Leaving without the work being done.

use crate::{
    db::Tx,
    door::{Act, OnTicket},
    failure::Failure,
    outgoing::{self, Kind},
    ticket::{Standing, Ticket},
    visit::{self, Outcome},
};
use kernel::{
    id::{self, Id, Visit},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// End this visit; somebody has to come again. A new window is looked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnVisit {
    pub ticket: Id<id::Ticket>,
    pub reason: Line<300>,
}

#[derive(Debug, Serialize)]
pub struct Returned {
    pub visit: Option<Id<Visit>>,
}

impl OnTicket for ReturnVisit {
    type Done = Returned;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Returned, Failure> {
        let visit = visit::going_on(ticket);

        let (tenant, reason) = (act.caller.tenant, self.reason.as_str());
        visit::end_because(tx, tenant, ticket, Outcome::Returned, Some(reason))?;
        ticket.window = None;
        ticket.standing = Standing::ReadyToSchedule;
        outgoing::queue(tx, act, ticket, ticket.contact, Kind::VisitAgain, None)?;

        visit.iter().for_each(|id| act.subject(id));
        Ok(Returned { visit })
    }
}
