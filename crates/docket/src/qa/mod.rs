//! Verification: somebody who did not do the work looks at the proof of it.

pub mod verify;

use crate::{
    db::{Snap, args, statements},
    failure::Fault,
};
use jiff::Timestamp;
use kernel::id::{Entry, Id, Principal, Tenant, Ticket};
use serde::{Deserialize, Serialize};

statements! {
    VERIFICATIONS = "verifications.sql";
}

/// One look at the proof, and how it ended. Why it failed is between us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// The version of the ticket that was looked at.
    pub version: i64,
    pub passed: bool,
    pub by: Id<Principal>,
    pub on_behalf_of: Option<Id<Principal>>,
    pub entry: Id<Entry>,
    pub at: Timestamp,
}

/// All verifications of a ticket in their order.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn verifications(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
) -> Result<Vec<Verification>, Fault> {
    snap.all(&VERIFICATIONS, args![tenant, ticket], |row| {
        Ok(Verification {
            version: row.get(0)?,
            passed: row.get(1)?,
            by: row.get(2)?,
            on_behalf_of: row.get(3)?,
            entry: row.get(4)?,
            at: row.get(5)?,
        })
    })
}

#[cfg(test)]
mod tests;
