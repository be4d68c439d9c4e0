//! Holding a window until the customer has answered.

use super::{
    Said, expire, misplaced, moment, offered,
    store::{self, Held, Holding},
    zone_of,
};
use crate::{
    db::Tx,
    directory::site,
    door::{Act, OnTicket},
    failure::Failure,
    identity::Caller,
    outgoing::{self, Kind},
    ticket::{HeldFrom, Standing, Ticket},
};
use jiff::Timestamp;
use kernel::{
    id::{self, Id, Outgoing},
    refusal::{Code, Refusal},
    text::Line,
    window::{Moment, Window},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keep a window open until the customer has answered. They are asked at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    pub ticket: Id<id::Ticket>,
    /// One of the windows offered, or the one the visit is scheduled for.
    pub window: Said,
    /// Until when; at the latest until the window begins.
    pub until: Moment,
    /// Why the customer has to say yes first.
    pub reason: Line<300>,
}

#[derive(Debug, Serialize)]
pub struct IsHeld {
    pub hold: Id<id::Hold>,
    pub window: Window,
    pub until: Timestamp,
    pub outgoing: Id<Outgoing>,
}

impl OnTicket for Hold {
    type Done = IsHeld;

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
    ) -> Result<IsHeld, Failure> {
        let from = held_from(ticket)?;
        let zone = zone_of(tx, act.caller.tenant, ticket)?;
        let window = self.window.meant(&zone, tx.now(), "window")?;
        from.has(window)?;
        let until = until(moment(self.until, &zone, "until")?, window, tx.now())?;
        let reason = self.reason.into();
        let held = Held { id: tx.new_id(), window, until, reason, at: tx.now() };

        let (ticket_id, by) = (ticket.id, act.caller.actor);
        let holding = Holding { held: &held, ticket: ticket_id, by };
        store::add(tx, act.caller.tenant, &holding)?;
        expire::queue(tx, act.caller.tenant, ticket_id, &held)?;
        let outgoing = outgoing::queue(tx, act, ticket, ticket.contact, Kind::WindowHeld, None)?;
        act.subject(held.id);
        act.fact("window", serde_json::to_value(window)?);
        act.fact("until", serde_json::to_value(until)?);
        ticket.standing = Standing::PendingCustomerConfirmation { hold: held.id, until, from };
        Ok(IsHeld { hold: held.id, window, until, outgoing })
    }
}

fn held_from(ticket: &Ticket) -> Result<HeldFrom, Failure> {
    match (&ticket.standing, ticket.window) {
        (Standing::ScheduleProposed { offered }, _) => {
            Ok(HeldFrom::ScheduleProposed { offered: offered.clone() })
        }
        (Standing::Scheduled { offered }, Some(window)) => {
            Ok(HeldFrom::Scheduled { offered: offered.clone(), window })
        }
        _ => Err(misplaced(ticket)),
    }
}

impl HeldFrom {
    /// Whether the window may be held from here.
    fn has(&self, window: Window) -> Result<(), Box<Refusal>> {
        match self {
            Self::Scheduled { window: scheduled, .. } if *scheduled == window => Ok(()),
            Self::Scheduled { offered: windows, .. }
            | Self::ScheduleProposed { offered: windows } => offered(window, windows),
        }
    }
}

/// A hold ends in the future, and not after its window has begun.
fn until(until: Timestamp, window: Window, now: Timestamp) -> Result<Timestamp, Box<Refusal>> {
    if until > window.start() {
        let detail = "a hold ends before its window begins";
        return Err(Refusal::new(Code::WindowMalformed, detail).at("until"));
    }
    if until <= now {
        return Err(Refusal::new(Code::WindowPast, "that time has passed").at("until"));
    }
    Ok(until)
}
