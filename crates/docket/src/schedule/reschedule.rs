//! Rescheduling: other windows, and whoever was on the way is free again.

use super::{Said, offers, zone_of};
use crate::{
    db::Tx,
    directory::site,
    door::{Act, OnTicket},
    failure::Failure,
    identity::Caller,
    outgoing::{self, Kind},
    ticket::{Standing, Ticket},
    visit,
};
use kernel::{
    id::{self, Id, Outgoing},
    text::Line,
    window::Window,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Take a scheduled visit back and offer other windows. The customer is told at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reschedule {
    pub ticket: Id<id::Ticket>,
    #[schemars(length(min = 1, max = 10))]
    pub windows: Vec<Said>,
    /// Why, for the customer to read.
    pub reason: Line<300>,
}

#[derive(Debug, Serialize)]
pub struct Rescheduled {
    pub offered: Vec<Window>,
    pub outgoing: Id<Outgoing>,
}

impl OnTicket for Reschedule {
    type Done = Rescheduled;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        site::foresee(tx, caller.tenant, ticket.site);
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Rescheduled, Failure> {
        let zone = zone_of(tx, act.caller.tenant, ticket)?;
        let offered = offers(&self.windows, &zone, tx.now())?;

        if let Some(visit) = visit::going_on(ticket) {
            act.subject(visit);
        }
        visit::end(tx, act.caller.tenant, ticket, visit::Outcome::Rescheduled)?;
        let (contact, reason) = (ticket.contact, Some(self.reason.as_str()));
        let outgoing = outgoing::queue(tx, act, ticket, contact, Kind::VisitMoved, reason)?;
        act.fact("offered", serde_json::to_value(&offered)?);
        ticket.window = None;
        ticket.standing = Standing::ScheduleProposed { offered: offered.clone() };
        Ok(Rescheduled { offered, outgoing })
    }
}
