//! Asking for more money than the limit allows.

use crate::{
    approval::{self, Change, Requested},
    db::Tx,
    door::{Act, OnTicket},
    evidence,
    failure::{Failure, Fault},
    identity::Caller,
    ticket::{Back, Standing, Ticket},
};
use kernel::{
    id::{self, Evidence, Id},
    money::Money,
    refusal::{Code, Refusal},
    text::Text,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Ask somebody else to raise the limit. The work waits for the answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestChange {
    pub ticket: Id<id::Ticket>,
    pub reason: Text<1_000>,
    /// How much more than the limit, in the currency of the ticket.
    pub amount: Money,
    /// What shows that it is needed: evidence of this ticket.
    #[serde(default)]
    pub evidence: BTreeSet<Id<Evidence>>,
}

impl OnTicket for RequestChange {
    type Done = Requested;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        evidence::foresee_of_ticket(tx, caller.tenant, ticket.id);
        approval::foresee_of_ticket(tx, caller.tenant, ticket.id);
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Requested, Failure> {
        let Standing::InProgress { visit } = ticket.standing else {
            return Err(Fault::Other("a change was asked for outside of work".into()).into());
        };

        let held = evidence::of_ticket(tx, act.caller.tenant, ticket.id)?;
        let unknown = |id: &&Id<Evidence>| !held.iter().any(|piece| piece.id == **id);
        if let Some(id) = self.evidence.iter().find(unknown) {
            let detail = format!("the ticket has no evidence `{id}`");
            return Err(Refusal::new(Code::RecordNotFound, detail).at("evidence").into());
        }

        let change = Change {
            amount: self.amount,
            reason: self.reason.into(),
            evidence: self.evidence.into_iter().collect(),
            back: Back::DuringWork { visit },
        };
        approval::request(tx, act, ticket, change)
    }
}
