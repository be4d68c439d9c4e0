//! Rows to holds and back.

use crate::{
    db::{Row, Snap, Tx, args, statements},
    failure::Fault,
};
use jiff::Timestamp;
use kernel::{
    id::{self, Id, Principal, Tenant, Ticket},
    window::Window,
};

statements! {
    HOLD_ADD = "add.sql";
    HOLD_END = "end.sql";
    HOLD_FIND = "find.sql";
}

/// A window kept open for a customer's answer.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub id: Id<id::Hold>,
    pub window: Window,
    pub until: Timestamp,
    /// Why the customer has to say yes first, in words for them.
    pub reason: String,
    pub at: Timestamp,
}

pub(super) struct Holding<'a> {
    pub held: &'a Held,
    pub ticket: Id<Ticket>,
    pub by: Id<Principal>,
}

pub(super) fn add(tx: &mut Tx<'_>, tenant: Id<Tenant>, holding: &Holding<'_>) -> Result<(), Fault> {
    let Held { id, window, until, reason, at } = holding.held;
    let (start, end) = (window.start(), window.end());
    let args = args![tenant, *id, holding.ticket, start, end, *until, reason, holding.by, *at];
    tx.put(&HOLD_ADD, args)
}

/// The hold with this id.
///
/// # Errors
/// If it is not there, or the database does not answer.
pub(crate) fn held(snap: &Snap<'_>, tenant: Id<Tenant>, id: Id<id::Hold>) -> Result<Held, Fault> {
    snap.one(&HOLD_FIND, args![tenant, id], |row: &Row<'_>| {
        let window = Window::new(row.get(0)?, row.get(1)?);
        Ok(Held {
            id,
            window: window.map_err(|cause| Fault::unreadable("hold", "window", cause))?,
            until: row.get(2)?,
            at: row.get(3)?,
            reason: row.get(4)?,
        })
    })
}

/// Ends the hold of a ticket that is no longer held, whatever led it on.
pub(crate) fn end_holds(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
) -> Result<(), Fault> {
    tx.put(&HOLD_END, args![tenant, ticket, tx.now()])
}
