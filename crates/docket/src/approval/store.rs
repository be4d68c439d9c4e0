//! Rows to approvals and back; the only code that names their SQL.

use super::{Approval, Decided, Question, Status, factor::Factor};
use crate::{
    db::{Row, Snap, Tx, args, statements},
    failure::{Failure, Fault},
    identity::Caller,
    ticket::Ticket,
};
use kernel::{
    canonical::Digest,
    id::{self, Contact, Id, Tenant},
    money::Money,
};

statements! {
    APPROVAL_ADD = "add.sql";
    APPROVALS_OF_TICKET = "of_ticket.sql";
    APPROVAL_DECIDE = "decide.sql";
    APPROVAL_COUNT_TRY = "count_try.sql";
    APPROVER_ON_FILE = "approver_on_file.sql";
}

pub(super) fn add(
    tx: &mut Tx<'_>,
    question: &Question,
    digest: Digest,
    factor: Option<&Factor>,
) -> Result<(), Failure> {
    tx.put(
        &APPROVAL_ADD,
        args![
            question.tenant,
            question.id,
            question.ticket,
            question.requested_by,
            question.requested_on_behalf_of,
            question.amount.minor,
            question.amount.currency.code(),
            &question.reason,
            serde_json::to_string(&question.evidence)?,
            serde_json::to_string(&question.back)?,
            digest.to_string(),
            question.requested_at,
            factor.map(|factor| factor.contact),
            factor.map(|factor| factor.mac.as_slice()),
            factor.map(|factor| factor.expires_at),
        ],
    )?;
    Ok(())
}

/// The approvals of a ticket in the order they were asked for.
///
/// # Errors
/// If the database does not answer or a row cannot be read.
pub(crate) fn of_ticket(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<id::Ticket>,
) -> Result<Vec<Approval>, Fault> {
    let args = args![tenant, ticket];
    snap.all(&APPROVALS_OF_TICKET, args, |row| approval(row, tenant, ticket))
}

/// Asks ahead for [`of_ticket`].
pub(crate) fn foresee_of_ticket(snap: &Snap<'_>, tenant: Id<Tenant>, ticket: Id<id::Ticket>) {
    snap.foresee(&APPROVALS_OF_TICKET, args![tenant, ticket]);
}

/// The question of money about a ticket that nobody has answered yet.
///
/// # Errors
/// If the database does not answer or a row cannot be read.
pub(crate) fn open_of(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<id::Ticket>,
) -> Result<Option<Approval>, Fault> {
    let asked = of_ticket(snap, tenant, ticket)?;
    Ok(asked.into_iter().find(|asked| asked.status == Status::Open))
}

/// Writes the answer; the question has to be open still.
pub(super) fn decide(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: Id<id::Approval>,
    status: Status,
) -> Result<(), Fault> {
    let (by, on_behalf_of, now) = (caller.actor, caller.on_behalf_of, tx.now());
    let args = args![caller.tenant, id, status.name(), by, on_behalf_of, now];
    tx.put_one(&APPROVAL_DECIDE, args)
}

pub(super) fn count_try(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Approval>,
) -> Result<(), Fault> {
    tx.put(&APPROVAL_COUNT_TRY, args![tenant, id])
}

/// The contact at the customer who may approve, can be reached and is not the caller.
pub(super) fn approver_on_file(
    snap: &Snap<'_>,
    caller: &Caller,
    ticket: &Ticket,
) -> Result<Option<Id<Contact>>, Fault> {
    let (actor, subject) = (caller.actor, caller.subject());
    let args = args![caller.tenant, ticket.account, ticket.site, actor, subject];
    snap.maybe(&APPROVER_ON_FILE, args, |row| row.get(0))
}

fn approval(row: &Row<'_>, tenant: Id<Tenant>, ticket: Id<id::Ticket>) -> Result<Approval, Fault> {
    let currency = row.get::<String>(4)?.parse();
    let currency = currency.map_err(|bad| Fault::unreadable("approval", "currency", bad))?;
    let question = Question {
        id: row.get(0)?,
        tenant,
        ticket,
        requested_by: row.get(1)?,
        requested_on_behalf_of: row.get(2)?,
        amount: Money::new(row.get(3)?, currency),
        reason: row.get(5)?,
        evidence: row.json(6)?,
        back: row.json(7)?,
        requested_at: row.get(9)?,
    };
    let status = Status::read(&row.get::<String>(14)?)?;
    let (factor, decided) = (factor(row)?, decided(row)?);
    Ok(Approval { question, digest: row.parsed(8)?, factor, status, decided })
}

fn factor(row: &Row<'_>) -> Result<Option<Factor>, Fault> {
    let Some(contact) = row.get(10)? else { return Ok(None) };
    let (mac, expires_at, tries) = (row.get(11)?, row.get(12)?, row.get(13)?);
    Ok(Some(Factor { contact, mac, expires_at, tries }))
}

fn decided(row: &Row<'_>) -> Result<Option<Decided>, Fault> {
    let Some(by) = row.get(15)? else { return Ok(None) };
    Ok(Some(Decided { by, on_behalf_of: row.get(16)?, at: row.get(17)? }))
}
