//! Deciding a question of money.

use super::{Approval, Status, factor, raised, store};
use crate::{
    db::Tx,
    door::{Act, OnTicket},
    failure::{Failure, Fault},
    identity::Caller,
    ticket::{Back, Standing, Ticket},
};
use kernel::{
    id::{self, Id},
    money::Money,
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Approve or deny what somebody else asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    pub ticket: Id<id::Ticket>,
    /// The approval that is open, as the ticket names it.
    pub approval: Id<id::Approval>,
    pub decision: Decision,
    /// The code that was sent to the customer's contact. It is needed to approve
    /// where one was sent.
    pub code: Option<factor::Code>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Approve,
    Deny,
}

#[derive(Debug, Serialize)]
pub struct DecidedNow {
    pub approval: Id<id::Approval>,
    pub decision: Decision,
    pub amount: Money,
    /// What may be spent from now on.
    pub nte: Money,
}

impl OnTicket for Decide {
    type Done = DecidedNow;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        store::foresee_of_ticket(tx, caller.tenant, ticket.id);
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<DecidedNow, Failure> {
        let approval = open(tx, act, ticket, self.approval)?;
        somebody_else(act, &approval)?;
        let amount = approval.question.amount;

        let status = match self.decision {
            Decision::Approve => {
                second_factor(tx, act, &approval, self.code.as_ref())?;
                ticket.nte = raised(ticket.nte, amount)?;
                Status::Approved
            }
            Decision::Deny => Status::Denied,
        };
        ticket.standing = leads_to(self.decision, approval.question.back);

        store::decide(tx, act.caller, self.approval, status)?;
        act.subject(self.approval);
        act.fact("decision", status.name());
        act.fact("amount", serde_json::to_value(amount)?);
        act.fact("digest", approval.digest.to_string());
        act.fact("second_factor", approval.factor.is_some());
        let (approval, decision, nte) = (self.approval, self.decision, ticket.nte);
        Ok(DecidedNow { approval, decision, amount, nte })
    }
}

/// The question that the ticket waits for, if this is the one.
fn open(
    tx: &Tx<'_>,
    act: &Act<'_>,
    ticket: &Ticket,
    named: Id<id::Approval>,
) -> Result<Approval, Failure> {
    let waits_for =
        matches!(ticket.standing, Standing::ApprovalRequired { approval, .. } if approval == named);
    let asked = store::of_ticket(tx, act.caller.tenant, ticket.id)?;
    let found = asked.into_iter().find(|asked| asked.question.id == named);
    let Some(approval) = found.filter(|asked| waits_for && asked.status == Status::Open) else {
        let detail = format!("the ticket does not wait for `{named}`");
        return Err(Refusal::new(Code::ApprovalUnknown, detail).at("approval").into());
    };
    if approval.question.digest()? != approval.digest {
        return Err(Fault::Other(format!("`{named}` is not what was asked for")).into());
    }
    Ok(approval)
}

fn somebody_else(act: &Act<'_>, approval: &Approval) -> Result<(), Failure> {
    if act.caller.is_any_of(&approval.question.requesters()) {
        let detail = "you, or whom you act for, asked for this";
        return Err(Refusal::new(Code::OwnRequest, detail).into());
    }
    Ok(())
}

/// Whether the code is right, where one was sent. A wrong one is counted even
/// though the call is refused.
fn second_factor(
    tx: &Tx<'_>,
    act: &mut Act<'_>,
    approval: &Approval,
    code: Option<&factor::Code>,
) -> Result<(), Failure> {
    let Some(factor) = &approval.factor else { return Ok(()) };
    if factor.is_spent(tx.now()) {
        let detail = "the code has expired, or was tried too often";
        return Err(Refusal::new(Code::FactorSpent, detail).into());
    }
    let Some(code) = code else {
        let detail = "approving this needs the code that was sent to the customer";
        return Err(Refusal::new(Code::FactorMissing, detail).at("code").into());
    };
    if factor.is(code, approval.digest) {
        return Ok(());
    }
    let (tenant, id) = (act.caller.tenant, approval.question.id);
    act.if_refused(move |tx| store::count_try(tx, tenant, id));
    let left = factor.tries_left().saturating_sub(1);
    let detail = format!("that is not the code; {left} tries are left");
    Err(Refusal::new(Code::FactorWrong, detail).at("code").fact("tries_left", left).into())
}

/// Where the ticket goes on.
fn leads_to(decision: Decision, back: Back) -> Standing {
    match (back, decision) {
        (Back::DuringWork { visit }, _) => Standing::InProgress { visit },
        (Back::BeforeWork, Decision::Approve) => Standing::ReadyToSchedule,
        (Back::BeforeWork, Decision::Deny) => Standing::Triaged,
    }
}
