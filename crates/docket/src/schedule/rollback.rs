//! Giving a held window up: exactly back to where it was held from.

use super::misplaced;
use crate::{
    db::Tx,
    door::{Act, OnTicket},
    failure::Failure,
    ticket::{HeldFrom, Standing, Ticket},
};
use kernel::id::{self, Id};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Give the window that is held up. This works after the hold has passed too.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    pub ticket: Id<id::Ticket>,
}

#[derive(Debug, Serialize)]
pub struct RolledBack {
    pub hold: Id<id::Hold>,
}

impl OnTicket for Rollback {
    type Done = RolledBack;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn run(
        self,
        _: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<RolledBack, Failure> {
        let hold = go_back(ticket)?;
        act.subject(hold);
        Ok(RolledBack { hold })
    }
}

/// Puts a held ticket back to where it was held from.
pub(crate) fn go_back(ticket: &mut Ticket) -> Result<Id<id::Hold>, Failure> {
    let Standing::PendingCustomerConfirmation { hold, from, .. } = ticket.standing.clone() else {
        return Err(misplaced(ticket));
    };
    match from {
        HeldFrom::ScheduleProposed { offered } => {
            ticket.window = None;
            ticket.standing = Standing::ScheduleProposed { offered };
        }
        HeldFrom::Scheduled { offered, window } => {
            ticket.window = Some(window);
            ticket.standing = Standing::Scheduled { offered };
        }
    }
    Ok(hold)
}
