//! Closeout: from work that is done to proof that it was.
//!
//! ```text
//!   add_evidence, set_checklist      complete        verify         close
//!   ───────────────────────────▶ gate ─────▶ pending ─────▶ verified ─────▶ closed
//!                                                  force_close, two people ──▶
//! ```
//!
//! What must stay true:
//!
//! * One function judges: [`gate::judge`], at every door where it matters.
//! * What the template of the ticket's version asks for has to be there. A
//!   forced closing skips the verification, never the gate.
//! * Only bytes of this tenant that we hold are evidence.
//! * An exception takes two people, expires, and shows in the packet.
//!
//! Start with [`gate`].

pub mod add_evidence;
pub mod assess;
pub mod candidate;
pub(crate) mod closing;
pub mod except_evidence;
pub(crate) mod gate;
pub mod list_evidence;
pub mod log_labor;
pub mod log_part;
pub mod set_checklist;
pub(crate) mod work;

use crate::{
    db::{Snap, Tx, args, statements},
    failure::Fault,
    identity::Caller,
};
use jiff::Timestamp;
use kernel::{
    id::{self, Entry, Id, Principal, Tenant, Ticket},
    key::Key,
};
use serde::{Deserialize, Serialize};

statements! {
    CHECKLIST = "checklist.sql";
    CHECKLIST_CLEAR = "checklist_clear.sql";
    EXCEPTIONS = "exceptions.sql";
    NO_SIGNATURE = "no_signature.sql";
    NO_SIGNATURE_SET = "no_signature_set.sql";
    NO_SIGNATURE_CLEAR = "no_signature_clear.sql";
    COMPLETED_BY = "completed_by.sql";
}

/// One item of a ticket's checklist, as it was set last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub item: Key,
    pub done: bool,
    pub by: Id<Principal>,
    pub on_behalf_of: Option<Id<Principal>>,
    pub at: Timestamp,
}

/// A permission to do without an evidence key until it expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    pub id: Id<id::Exception>,
    pub key: Key,
    pub reason: String,
    pub requested_by: Id<Principal>,
    pub approved_by: Id<Principal>,
    pub expires_at: Timestamp,
    pub entry: Id<Entry>,
    pub at: Timestamp,
}

/// Asks ahead for what was said of a ticket instead of shown.
pub(crate) fn foresee_said(snap: &Snap<'_>, tenant: Id<Tenant>, ticket: Id<Ticket>) {
    for statement in [&CHECKLIST, &EXCEPTIONS, &NO_SIGNATURE] {
        snap.foresee(statement, args![tenant, ticket]);
    }
}

pub(crate) fn checklist(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
) -> Result<Vec<Item>, Fault> {
    snap.all(&CHECKLIST, args![tenant, ticket], |row| {
        let (by, on_behalf_of, at) = (row.get(2)?, row.get(3)?, row.get(4)?);
        Ok(Item { item: row.parsed(0)?, done: row.get(1)?, by, on_behalf_of, at })
    })
}

pub(crate) fn exceptions(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
) -> Result<Vec<Exception>, Fault> {
    snap.all(&EXCEPTIONS, args![tenant, ticket], |row| {
        Ok(Exception {
            id: row.get(0)?,
            key: row.parsed(1)?,
            reason: row.get(2)?,
            requested_by: row.get(3)?,
            approved_by: row.get(4)?,
            expires_at: row.get(5)?,
            entry: row.get(6)?,
            at: row.get(7)?,
        })
    })
}

/// Why nobody signed, if somebody said so.
pub(crate) fn no_signature(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
) -> Result<Option<String>, Fault> {
    snap.maybe(&NO_SIGNATURE, args![tenant, ticket], |row| row.get(0))
}

pub(crate) fn say_why_nobody_signed(
    tx: &mut Tx<'_>,
    caller: &Caller,
    ticket: Id<Ticket>,
    reason: &str,
) -> Result<(), Fault> {
    let args = args![caller.tenant, ticket, reason, caller.subject(), tx.now()];
    tx.put(&NO_SIGNATURE_SET, args)
}

/// Whoever works on the ticket again has to say again that all is done. The
/// evidence stays.
pub(crate) fn begin_anew(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
) -> Result<(), Fault> {
    tx.put(&CHECKLIST_CLEAR, args![tenant, ticket])?;
    tx.put(&NO_SIGNATURE_CLEAR, args![tenant, ticket])
}

/// Everybody who counts as having completed the work: whoever took the last
/// step into `completed_pending_verification`, and for whom.
pub(crate) fn completers(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
) -> Result<Vec<Id<Principal>>, Fault> {
    let both = snap.one(&COMPLETED_BY, args![tenant, ticket], |row| {
        Ok([Some(row.get(0)?), row.get::<Option<Id<Principal>>>(1)?])
    })?;
    Ok(both.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests;
