//! Confirming a window that was offered.

use super::{Said, misplaced, offered, zone_of};
use crate::{
    db::Tx,
    directory::site,
    door::{Act, OnTicket},
    failure::Failure,
    identity::Caller,
    outgoing::{self, Kind},
    ticket::{Standing, Ticket},
};
use kernel::{
    id::{self, Id, Outgoing},
    window::Window,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Confirm one of the windows offered. The customer is told at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    pub ticket: Id<id::Ticket>,
    pub window: Said,
}

#[derive(Debug, Serialize)]
pub struct Confirmed {
    pub window: Window,
    pub outgoing: Id<Outgoing>,
}

impl OnTicket for Confirm {
    type Done = Confirmed;

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
    ) -> Result<Confirmed, Failure> {
        let Standing::ScheduleProposed { offered: windows } = ticket.standing.clone() else {
            return Err(misplaced(ticket));
        };
        let zone = zone_of(tx, act.caller.tenant, ticket)?;
        let window = self.window.meant(&zone, tx.now(), "window")?;
        offered(window, &windows)?;

        let outgoing =
            outgoing::queue(tx, act, ticket, ticket.contact, Kind::VisitConfirmed, None)?;
        act.fact("window", serde_json::to_value(window)?);
        ticket.window = Some(window);
        ticket.standing = Standing::Scheduled { offered: windows };
        Ok(Confirmed { window, outgoing })
    }
}
