//! Closing: the work was verified and, where it is billed, the invoice leaves.

use super::{Standing, Ticket};
use crate::{
    closeout::{closing, gate},
    db::Tx,
    door::{Act, Before, OnTicket},
    failure::Failure,
    identity::Caller,
    invoice,
};
use kernel::id::{self, Id, Invoice};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Close a ticket whose work was verified.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    pub ticket: Id<id::Ticket>,
}

#[derive(Debug, Serialize)]
pub struct Closed {
    /// Which version of the closeout packet shows this closing.
    pub packet_version: i64,
    /// The invoice that was issued, and its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<Issued>,
}

#[derive(Debug, Serialize)]
pub struct Issued {
    pub id: Id<Invoice>,
    pub number: i64,
}

impl OnTicket for Close {
    type Done = Closed;

    const BEFORE: Before = Before::Reread;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        gate::foresee(tx, caller.tenant, ticket);
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Closed, Failure> {
        let verdict = gate::pass(tx, act.caller.tenant, ticket, act.reread.as_ref())?;

        let packet_version = closing::write(tx, act, ticket, &verdict, None)?;
        // The number comes last: whoever wants the next one waits for it.
        let invoice = match ticket.standing {
            Standing::Invoiced { invoice: id } => {
                Some(Issued { id, number: invoice::issue(tx, act, id)? })
            }
            _ => None,
        };
        ticket.standing = Standing::Closed { at: tx.now(), forced: false };
        closing::tell(tx, act, ticket)?;
        Ok(Closed { packet_version, invoice })
    }
}
