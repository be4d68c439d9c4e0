//! Drafting the invoice: everything that was done, priced by the card, and
//! only if all of it agrees.

use crate::{
    approval::{self, Status},
    closeout::work,
    db::Tx,
    directory::rate_card,
    door::{Act, OnTicket},
    evidence,
    failure::{Failure, Fault},
    identity::Caller,
    invoice::{self, Kind},
    ticket::{Standing, Ticket},
};
use kernel::{
    id::{self, Id, Invoice},
    invoice::{Draft, Work},
    money::Money,
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Draft the invoice of verified work.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerateInvoice {
    pub ticket: Id<id::Ticket>,
}

#[derive(Debug, Serialize)]
pub struct Generated {
    pub invoice: Id<Invoice>,
    pub draft: Draft,
}

impl OnTicket for GenerateInvoice {
    type Done = Generated;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        rate_card::foresee_for_account(tx, caller.tenant, ticket.account);
        work::foresee(tx, caller.tenant, ticket.id);
        approval::foresee_of_ticket(tx, caller.tenant, ticket.id);
        evidence::foresee_of_ticket(tx, caller.tenant, ticket.id);
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Generated, Failure> {
        let tenant = act.caller.tenant;
        let (rate_card, card) = rate_card::for_account(tx, tenant, ticket.account)?;
        let done = done(tx, act, ticket)?;

        let draft = work::price(&card, &done)?;
        check(&draft)?;

        let invoice = invoice::Invoice {
            id: tx.new_id(),
            ticket: ticket.id,
            account: ticket.account,
            site: ticket.site,
            kind: Kind::Invoice,
            status: invoice::Status::Draft,
            number: None,
            credits: None,
            rate_card,
            draft,
            created_at: tx.now(),
            issued_at: None,
        };
        invoice::draft(tx, tenant, &invoice)?;
        ticket.standing = Standing::Invoiced { invoice: invoice.id };
        act.subject(invoice.id);
        act.fact("total", serde_json::to_value(invoice.draft.total)?);
        Ok(Generated { invoice: invoice.id, draft: invoice.draft })
    }
}

/// The work, with the limit as it began and each change that raised it.
fn done(tx: &Tx<'_>, act: &Act<'_>, ticket: &Ticket) -> Result<Work, Failure> {
    let tenant = act.caller.tenant;
    let approvals = approval::of_ticket(tx, tenant, ticket.id)?;
    let approved: Vec<Money> = approvals
        .iter()
        .filter(|approval| approval.status == Status::Approved)
        .map(|approval| approval.question.amount)
        .collect();
    let raised = Money::sum(ticket.nte.currency, approved.iter().copied());
    let limit = raised.and_then(|raised| ticket.nte.checked_sub(raised));
    let limit = limit.map_err(|bad| Fault::Other(format!("a limit without its changes: {bad}")))?;
    let pieces = evidence::of_ticket(tx, tenant, ticket.id)?;
    // The packet comes with the closing; what it will carry is here and locked.
    let attached = !pieces.is_empty() && pieces.iter().all(|piece| piece.locked_at.is_some());
    Ok(Work { limit, approved, attached, ..work::of_ticket(tx, tenant, ticket)? })
}

/// No draft that somebody would have to take back.
fn check(draft: &Draft) -> Result<(), Failure> {
    let failed: Vec<_> = draft.checks.iter().filter(|check| !check.passed).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let mut missing = Vec::new();
    for check in &failed {
        missing.push(serde_json::to_value(check.name)?.as_str().unwrap_or_default().to_owned());
    }
    let details: Vec<_> = failed.iter().map(|check| check.detail.as_str()).collect();
    let detail = details.join("; ");
    Err(Refusal::new(Code::InvoiceCheckFailed, detail).missing(missing).into())
}
