//! An agent says that the work is done, where its word is enough to be verified.

use super::gate;
use crate::{
    db::Tx,
    door::{Act, OnTicket},
    failure::Failure,
    identity::Caller,
    tech::complete,
    ticket::Ticket,
};
use kernel::{
    id::{self, Id},
    refusal::{Code, Refusal},
    text::Text,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Put finished work forward for verification, as an agent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    pub ticket: Id<id::Ticket>,
    /// Why nobody signed, where nobody did.
    pub no_signature_reason: Option<Text<500>>,
}

impl OnTicket for Candidate {
    type Done = complete::Completed;

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
    ) -> Result<complete::Completed, Failure> {
        let template = gate::template(tx, act.caller.tenant, ticket)?;
        if template.high_risk || !template.high_risk_evidence.is_empty() {
            let keys = template.high_risk_evidence.iter().map(ToString::to_string).collect();
            let detail = format!("`{}` is high-risk: an agent's word is not enough", template.name);
            return Err(Refusal::new(Code::HighRisk, detail).missing(keys).into());
        }

        complete::complete(tx, act, ticket, self.no_signature_reason.as_deref())
    }
}
