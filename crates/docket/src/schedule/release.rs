//! Releasing a hold: the customer has said yes.

use super::{misplaced, store};
use crate::{
    db::Tx,
    directory::site,
    door::{Act, OnTicket},
    failure::Failure,
    identity::Caller,
    message::{self, Kept},
    outgoing::{self, Kind},
    ticket::{HeldFrom, Standing, Ticket},
};
use kernel::{
    id::{self, Id, Message, Outgoing},
    refusal::{Code, Refusal},
    window::Window,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Confirm the window that is held, by what the customer answered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    pub ticket: Id<id::Ticket>,
    /// The customer's message that says yes, received after the hold began. An
    /// agent cannot name one that it wrote down itself.
    pub message: Id<Message>,
}

#[derive(Debug, Serialize)]
pub struct Released {
    pub window: Window,
    pub outgoing: Id<Outgoing>,
}

impl OnTicket for Release {
    type Done = Released;

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
    ) -> Result<Released, Failure> {
        let Standing::PendingCustomerConfirmation { hold, until, from } = ticket.standing.clone()
        else {
            return Err(misplaced(ticket));
        };
        if tx.now() >= until {
            return Err(Refusal::new(Code::HoldExpired, "the hold has passed").into());
        }
        let held = store::held(tx, act.caller.tenant, hold)?;
        let answer = message::find(tx, act.caller.tenant, ticket.id, self.message)?;
        if !answer.is_some_and(|answer| answer.at > held.at && is_theirs(&answer, act)) {
            let detail = "that is no message of the customer since the hold began";
            return Err(Refusal::new(Code::HoldUnconfirmed, detail).at("message").into());
        }

        let outgoing =
            outgoing::queue(tx, act, ticket, ticket.contact, Kind::VisitConfirmed, None)?;
        act.subject(hold);
        act.subject(self.message);
        act.fact("window", serde_json::to_value(held.window)?);
        let (HeldFrom::ScheduleProposed { offered } | HeldFrom::Scheduled { offered, .. }) = from;
        ticket.window = Some(held.window);
        ticket.standing = Standing::Scheduled { offered };
        Ok(Released { window: held.window, outgoing })
    }
}

/// Whether a message is the customer's own word: from a contact on file, and,
/// where an agent relies on it, written down by somebody else.
fn is_theirs(answer: &Kept, act: &Act<'_>) -> bool {
    let own_record =
        act.role.is_agent() && answer.author.is_some_and(|author| act.caller.is_any_of(&[author]));
    answer.inbound && answer.contact.is_some() && !own_record
}
