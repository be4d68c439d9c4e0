//! Asking the customer for what is missing.

use super::{Standing, Ticket};
use crate::{
    db::Tx,
    door::{Act, OnTicket},
    failure::Failure,
    outgoing::{self, Kind},
};
use kernel::{
    id::{self, Id, Outgoing},
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Ask the customer for what is missing. They are told at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestInfo {
    pub ticket: Id<id::Ticket>,
    #[schemars(length(min = 1, max = 10))]
    pub questions: Vec<Line<300>>,
}

#[derive(Debug, Serialize)]
pub struct InfoRequested {
    pub outgoing: Id<Outgoing>,
}

impl OnTicket for RequestInfo {
    type Done = InfoRequested;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<InfoRequested, Failure> {
        if !(1..=10).contains(&self.questions.len()) {
            let detail = "ask 1 to 10 questions";
            return Err(Refusal::new(Code::InputMalformed, detail).at("questions").into());
        }

        let questions: Vec<String> = self.questions.into_iter().map(Into::into).collect();
        let outgoing = outgoing::queue(tx, act, ticket, ticket.contact, Kind::InfoRequested, None)?;
        act.fact("questions", questions.len());
        ticket.standing = Standing::NeedsInfo { questions };
        Ok(InfoRequested { outgoing })
    }
}
