//! Proposing windows. Nobody is told yet.

use super::{Said, offers, zone_of};
use crate::{
    db::Tx,
    directory::site,
    door::{Act, OnTicket},
    failure::Failure,
    identity::Caller,
    ticket::{Standing, Ticket},
};
use kernel::{
    id::{self, Id},
    window::Window,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Say which windows may be offered. New ones replace those there were.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    pub ticket: Id<id::Ticket>,
    #[schemars(length(min = 1, max = 10))]
    pub windows: Vec<Said>,
}

#[derive(Debug, Serialize)]
pub struct Proposed {
    /// The windows in UTC, as they can be held or confirmed.
    pub offered: Vec<Window>,
}

impl OnTicket for Propose {
    type Done = Proposed;

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
    ) -> Result<Proposed, Failure> {
        let zone = zone_of(tx, act.caller.tenant, ticket)?;
        let offered = offers(&self.windows, &zone, tx.now())?;

        act.fact("offered", serde_json::to_value(&offered)?);
        ticket.standing = Standing::ScheduleProposed { offered: offered.clone() };
        Ok(Proposed { offered })
    }
}
