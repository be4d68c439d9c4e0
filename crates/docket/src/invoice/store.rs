//! Rows to invoices and back; the only code that names their SQL.

use super::{Invoice, Kind, Status, Summary};
use crate::{
    db::{Row, Snap, Tx, args, statements},
    failure::{Failure, Fault},
};
use kernel::id::{self, Id, Tenant, Ticket};

statements! {
    INVOICE_ADD = "add.sql";
    INVOICE_FIND = "find.sql";
    INVOICE_STANDING = "standing.sql";
    INVOICE_ISSUE = "issue.sql";
    INVOICE_VOID = "void.sql";
    NUMBER_NEXT = "number_next.sql";
}

/// Keeps a new draft.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn draft(tx: &mut Tx<'_>, tenant: Id<Tenant>, invoice: &Invoice) -> Result<(), Failure> {
    add(tx, tenant, invoice)
}

pub(super) fn add(tx: &mut Tx<'_>, tenant: Id<Tenant>, invoice: &Invoice) -> Result<(), Failure> {
    tx.put(
        &INVOICE_ADD,
        args![
            tenant,
            invoice.id,
            invoice.ticket,
            invoice.account,
            invoice.site,
            invoice.kind.name(),
            invoice.status.name(),
            invoice.number,
            invoice.credits,
            invoice.rate_card,
            serde_json::to_string(&invoice.draft)?,
            invoice.draft.total.minor,
            invoice.draft.currency.code(),
            invoice.created_at,
            invoice.issued_at,
        ],
    )?;
    Ok(())
}

pub(super) fn find(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Invoice>,
) -> Result<Option<Invoice>, Fault> {
    snap.maybe(&INVOICE_FIND, args![tenant, id], invoice)
}

/// The draft or issued invoice of a ticket that nobody has taken back.
pub(super) fn standing(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
) -> Result<Option<Invoice>, Fault> {
    snap.maybe(&INVOICE_STANDING, args![tenant, ticket], invoice)
}

/// Asks ahead for [`standing`].
pub(crate) fn foresee_standing(snap: &Snap<'_>, tenant: Id<Tenant>, ticket: Id<Ticket>) {
    snap.foresee(&INVOICE_STANDING, args![tenant, ticket]);
}

/// What a packet says of the ticket's issued invoice.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn summary(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
) -> Result<Option<Summary>, Fault> {
    let standing = standing(snap, tenant, ticket)?;
    Ok(standing.and_then(|invoice| {
        let Invoice { id, number, draft, .. } = invoice;
        let (subtotal, tax, total) = (draft.subtotal, draft.tax, draft.total);
        Some(Summary { id, number: number?, subtotal, tax, total })
    }))
}

/// Takes the next number. Undone with its transaction, so no number is lost;
/// whoever wants the next one waits until this is known, so take it late.
pub(super) fn next_number(tx: &mut Tx<'_>, tenant: Id<Tenant>) -> Result<i64, Fault> {
    tx.returning(&NUMBER_NEXT, args![tenant], |row| row.get(0))
}

pub(super) fn issue(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Invoice>,
    number: i64,
) -> Result<(), Fault> {
    tx.put_one(&INVOICE_ISSUE, args![tenant, id, number, tx.now()])
}

pub(super) fn void(tx: &mut Tx<'_>, tenant: Id<Tenant>, id: Id<id::Invoice>) -> Result<(), Fault> {
    tx.put_one(&INVOICE_VOID, args![tenant, id, tx.now()])
}

fn invoice(row: &Row<'_>) -> Result<Invoice, Fault> {
    Ok(Invoice {
        id: row.get(0)?,
        ticket: row.get(1)?,
        account: row.get(2)?,
        site: row.get(3)?,
        kind: Kind::read(&row.get::<String>(4)?)?,
        status: Status::read(&row.get::<String>(5)?)?,
        number: row.get(6)?,
        credits: row.get(7)?,
        rate_card: row.get(8)?,
        draft: row.json(9)?,
        created_at: row.get(10)?,
        issued_at: row.get(11)?,
    })
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
        }
    }

    fn read(name: &str) -> Result<Self, Fault> {
        let found = [Self::Invoice, Self::CreditNote].into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| Fault::unreadable("invoice", "kind", "no such kind"))
    }
}

impl Status {
    const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Issued => "issued",
            Self::Void => "void",
        }
    }

    fn read(name: &str) -> Result<Self, Fault> {
        let all = [Self::Draft, Self::Issued, Self::Void];
        let found = all.into_iter().find(|status| status.name() == name);
        found.ok_or_else(|| Fault::unreadable("invoice", "status", "no such status"))
    }
}
