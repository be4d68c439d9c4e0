//! Completing: the technician says that the work is done, and has the proof.

use crate::{
    closeout::{self, gate},
    db::Tx,
    door::{Act, OnTicket},
    failure::{Failure, Fault},
    identity::Caller,
    ticket::{Standing, Ticket},
    visit::{self, Outcome},
};
use jiff::Timestamp;
use kernel::{
    id::{self, Id},
    key::Key,
    text::Text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Say that the work is done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    pub ticket: Id<id::Ticket>,
    /// Why nobody signed, where nobody did.
    pub no_signature_reason: Option<Text<500>>,
}

#[derive(Debug, Serialize)]
pub struct Completed {
    pub resolved_at: Timestamp,
    /// The evidence keys that an exception stands in for, for now.
    pub excused: Vec<Key>,
}

impl OnTicket for Complete {
    type Done = Completed;

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
    ) -> Result<Completed, Failure> {
        complete(tx, act, ticket, self.no_signature_reason.as_deref())
    }
}

/// The rule itself, for the technician and for an agent whose word is enough.
pub(crate) fn complete(
    tx: &mut Tx<'_>,
    act: &mut Act<'_>,
    ticket: &mut Ticket,
    no_signature_reason: Option<&str>,
) -> Result<Completed, Failure> {
    let Standing::InProgress { visit } = ticket.standing else {
        return Err(Fault::Other("only work in progress is completed".to_owned()).into());
    };
    if let Some(reason) = no_signature_reason {
        closeout::say_why_nobody_signed(tx, act.caller, ticket.id, reason)?;
    }
    let verdict = gate::pass(tx, act.caller.tenant, ticket, None)?;

    visit::end(tx, act.caller.tenant, ticket, Outcome::Completed)?;
    ticket.standing = Standing::CompletedPendingVerification { visit };
    Ok(Completed { resolved_at: tx.now(), excused: verdict.excused })
}
