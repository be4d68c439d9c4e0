//! Closing without verification: two people, a reason, and still all the proof.

use super::{Standing, Ticket};
use crate::{
    closeout::{
        closing::{self, Force},
        gate,
    },
    countersign::{self, Confirmed, Voice},
    db::Tx,
    door::{Act, Before, OnTicket},
    evidence,
    failure::Failure,
    identity::Caller,
};
use kernel::{
    id::{self, Countersign, Id},
    refusal::{Code, Refusal},
    text::Text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A shorter reason explains nothing to whoever reads the packet.
const REASON_MIN: usize = 20;

/// Close finished work that nobody verified. Takes two people and all evidence.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForceClose {
    pub ticket: Id<id::Ticket>,
    /// Why it cannot wait: at least 20 characters. The packet shows it.
    pub reason: Text<500>,
    /// What the first of the two calls answered.
    #[serde(skip_serializing)]
    pub countersign: Option<Id<Countersign>>,
}

#[derive(Debug, Serialize)]
pub struct ForceClosed {
    /// Which version of the closeout packet shows this closing.
    pub packet_version: i64,
}

impl OnTicket for ForceClose {
    type Done = Confirmed<ForceClosed>;

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
    ) -> Result<Confirmed<ForceClosed>, Failure> {
        let length = self.reason.trim().chars().count();
        if length < REASON_MIN {
            let detail =
                format!("a reason of {length} characters; at least {REASON_MIN} are asked");
            return Err(Refusal::new(Code::InputMalformed, detail).at("reason").into());
        }
        let tenant = act.caller.tenant;
        let verdict = gate::pass(tx, tenant, ticket, act.reread.as_ref())?;

        let first = match countersign::ask_or_confirm(tx, act, ticket, self.countersign, &self)? {
            Voice::First(asked) => return Ok(Confirmed::Asked(asked)),
            Voice::Second(first) => first,
        };
        let force = Force { reason: &self.reason, requested_by: first.by };
        let packet_version = closing::write(tx, act, ticket, &verdict, Some(&force))?;
        evidence::lock(tx, tenant, ticket.id)?;
        ticket.standing = Standing::Closed { at: tx.now(), forced: true };
        closing::tell(tx, act, ticket)?;
        act.fact("forced", true);
        Ok(Confirmed::Done(ForceClosed { packet_version }))
    }
}
