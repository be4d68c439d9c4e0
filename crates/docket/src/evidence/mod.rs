//! Evidence: bytes that we hold, and what they prove on which ticket.
//!
//! Bytes come in through the [`Store`], outside every transaction. Only when
//! they are stored does a row say so:
//!
//! ```text
//!   bytes ──▶ Store::receive ──▶ evidence.upload ──▶ closeout.add_evidence
//!             object, digest     row `blob`          row `evidence`
//! ```
//!
//! What must stay true:
//!
//! * Digest, size and media type are what we found, not what we were told.
//! * A row says that bytes are held only after they are.
//! * A tenant holds its own bytes. Those of another are not there for it.
//! * From a passed verification on, evidence does not change and is not removed.

pub mod hold;
pub mod read;
pub mod reread;
mod sniff;
pub mod store;
pub(crate) mod tidy;
pub mod upload;

pub use reread::Reread;
pub use store::{Held, Store};

use crate::{
    db::{Snap, Tx, args, statements},
    failure::Fault,
};
use jiff::Timestamp;
use kernel::{
    canonical::Digest,
    id::{self, Id, Principal, Tenant},
    key::Key,
};
use serde::Serialize;

statements! {
    BLOB_FIND = "blob_find.sql";
    OF_TICKET = "of_ticket.sql";
    LOCK = "lock.sql";
}

/// One piece of evidence of a ticket, with what we know of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    pub id: Id<id::Evidence>,
    pub key: Key,
    pub digest: Digest,
    pub size: i64,
    pub media_type: String,
    pub by: Id<Principal>,
    pub on_behalf_of: Option<Id<Principal>>,
    pub at: Timestamp,
    pub locked_at: Option<Timestamp>,
}

/// Size and media type of bytes that the tenant holds.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn blob(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    digest: Digest,
) -> Result<Option<Held>, Fault> {
    snap.maybe(&BLOB_FIND, args![tenant, digest.to_string()], |row| {
        Ok(Held { digest, size: row.get(0)?, media_type: row.get(1)? })
    })
}

/// Asks ahead for [`of_ticket`].
pub(crate) fn foresee_of_ticket(snap: &Snap<'_>, tenant: Id<Tenant>, ticket: Id<id::Ticket>) {
    snap.foresee(&OF_TICKET, args![tenant, ticket]);
}

/// All evidence of a ticket, in the order it was added.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn of_ticket(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<id::Ticket>,
) -> Result<Vec<Piece>, Fault> {
    snap.all(&OF_TICKET, args![tenant, ticket], |row| {
        Ok(Piece {
            id: row.get(0)?,
            key: row.parsed(1)?,
            digest: row.parsed(2)?,
            size: row.get(3)?,
            media_type: row.get(4)?,
            by: row.get(5)?,
            on_behalf_of: row.get(6)?,
            at: row.get(7)?,
            locked_at: row.get(8)?,
        })
    })
}

/// Locks all evidence of a ticket that is not locked yet.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn lock(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    ticket: Id<id::Ticket>,
) -> Result<usize, Fault> {
    tx.execute(&LOCK, args![tenant, ticket, tx.now()])
}

#[cfg(test)]
mod tests;
