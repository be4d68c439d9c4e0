//! Invoices: drafted, issued under a number, and taken back if need be.
//!
//! ```text
//!   generate          close                 reopen
//!   ────────▶ draft ─────────▶ issued, 17 ─────────▶ credit note, 18
//!               └─── reopen, cancel ──▶ void
//! ```
//!
//! What must stay true:
//!
//! * Invoices and credit notes of a tenant are numbered 1, 2, 3 without a gap:
//!   a number is taken in the transaction that issues.
//! * What was issued never changes. It is taken back by a credit note, once.
//! * A ticket has at most one draft.
//! * What was issued has one document, made after the commit by a job, and that
//!   never changes either.

pub mod document;
pub mod get;
mod store;
mod ubl;

pub(crate) use store::{draft, foresee_standing, summary};

use crate::{
    db::Tx,
    door::Act,
    failure::{Failure, Fault},
};
use jiff::Timestamp;
use kernel::{
    id::{self, Account, Id, RateCard, Site, Ticket},
    invoice::{Draft, credit_of},
    money::Money,
};
use serde::{Deserialize, Serialize};

/// An invoice or a credit note.
#[derive(Clone, Debug, Serialize)]
pub struct Invoice {
    pub id: Id<id::Invoice>,
    pub ticket: Id<Ticket>,
    pub account: Id<Account>,
    pub site: Id<Site>,
    pub kind: Kind,
    pub status: Status,
    pub number: Option<i64>,
    /// What a credit note takes back.
    pub credits: Option<Id<id::Invoice>>,
    pub rate_card: Id<RateCard>,
    #[serde(flatten)]
    pub draft: Draft,
    pub created_at: Timestamp,
    pub issued_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Invoice,
    CreditNote,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Draft,
    Issued,
    Void,
}

/// What a packet says of the invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    pub id: Id<id::Invoice>,
    pub number: i64,
    pub subtotal: Money,
    pub tax: Money,
    pub total: Money,
}

/// What became of an invoice that should not have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenBack {
    /// It was a draft still.
    Voided { invoice: Id<id::Invoice> },
    /// It had been issued, and this is the credit note.
    Credited { invoice: Id<id::Invoice>, credit_note: Id<id::Invoice>, number: i64 },
}

/// Issues a draft under the next number.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn issue(
    tx: &mut Tx<'_>,
    act: &mut Act<'_>,
    id: Id<id::Invoice>,
) -> Result<i64, Failure> {
    let tenant = act.caller.tenant;
    let number = store::next_number(tx, tenant)?;
    store::issue(tx, tenant, id, number)?;
    document::queue(tx, tenant, id)?;
    act.subject(id);
    act.fact("invoice_number", number);
    Ok(number)
}

/// Takes back whatever invoice a ticket has: a draft is void, an issued one is
/// credited in full.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn take_back(
    tx: &mut Tx<'_>,
    act: &mut Act<'_>,
    ticket: Id<Ticket>,
) -> Result<Option<TakenBack>, Failure> {
    let tenant = act.caller.tenant;
    let Some(invoice) = store::standing(tx, tenant, ticket)? else { return Ok(None) };
    act.subject(invoice.id);
    if invoice.status == Status::Draft {
        store::void(tx, tenant, invoice.id)?;
        return Ok(Some(TakenBack::Voided { invoice: invoice.id }));
    }

    let draft = credit_of(&invoice.draft)
        .map_err(|cause| Fault::Other(format!("an invoice cannot be credited: {cause}")))?;
    let credit = Invoice {
        id: tx.new_id(),
        kind: Kind::CreditNote,
        status: Status::Issued,
        number: Some(store::next_number(tx, tenant)?),
        credits: Some(invoice.id),
        draft,
        created_at: tx.now(),
        issued_at: Some(tx.now()),
        ..invoice
    };
    store::add(tx, tenant, &credit)?;
    document::queue(tx, tenant, credit.id)?;
    let number = credit.number.unwrap_or_default();
    act.subject(credit.id);
    act.fact("credit_number", number);
    Ok(Some(TakenBack::Credited { invoice: invoice.id, credit_note: credit.id, number }))
}

#[cfg(test)]
mod tests;
