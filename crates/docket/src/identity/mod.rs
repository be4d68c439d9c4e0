//! Who is calling, from a verified credential and from nothing else.
//!
//! ```text
//!   bytes ── read ──▶ claims ── gate ──▶ Caller ──▶ the door
//!            (token)            (gate)
//! ```
//!
//! What must stay true:
//!
//! * No header, argument or body but the access token says who somebody is.
//! * A token lives 15 minutes at most, whatever it says of itself.
//! * What a key signs with is fixed with the key, and never read from a token.
//! * Whoever holds a key has shown it before their request is looked at.
//! * A role counts only if the token names it and the principal was given it.
//! * A revoked token, key or principal is out within a second.
//!
//! Start with [`gate`]: it has the order in which a token is questioned.

pub mod caller;
pub mod gate;
pub mod key;
pub(crate) mod later;
pub mod principal;
pub mod proof;
pub mod token;

pub use caller::{Caller, Kind};
pub use gate::Gate;
pub use key::{Ring, Thumbprint};
pub use proof::Sent;
pub use token::issue::{Issue, Issued, Issuer, Wanted};

use crate::{
    audit::record,
    db::{Snap, Tx, args, statements},
    failure::Fault,
};
use jiff::SignedDuration;
use kernel::{
    audit::{Entry, Outcome},
    id::{Id, Tenant},
    tool::Tool,
};

statements! {
    REVISION_BUMP = "revision_bump.sql";
    REVISION_SUM = "revision_sum.sql";
    OPERATOR_FIND = "operator_find.sql";
}

/// The longest life of an access token.
pub const LIFE_MAX: SignedDuration = SignedDuration::from_mins(15);
/// How far the clock of an issuer may be from ours.
pub const SKEW: SignedDuration = SignedDuration::from_secs(10);

/// Notes that who may do what has changed, in the transaction of the change,
/// so that every gate on this database asks again.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn changed(tx: &mut Tx<'_>, tenant: Id<Tenant>) -> Result<(), Fault> {
    tx.put(&REVISION_BUMP, args![tenant])
}

/// An entry of something that Docket was told at its own machine, or that
/// happened before anybody was known: it has no actor.
pub(crate) fn entry(
    tx: &Tx<'_>,
    tenant: Id<Tenant>,
    surface: &str,
    tool: &str,
    outcome: Outcome,
) -> Entry {
    let entry = record::by_docket(tenant, tx.new_id(), tx.now(), tool);
    Entry { surface: surface.to_owned(), outcome, ..entry }
}

/// The tenant that operates this Docket.
///
/// # Errors
/// If there is none yet, or the database does not answer.
pub(crate) fn operator(snap: &Snap<'_>) -> Result<Id<Tenant>, Fault> {
    snap.one(&OPERATOR_FIND, args![], |row| row.get(0))
}

/// Whether there is a tenant that operates this Docket.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn has_operator(snap: &Snap<'_>) -> Result<bool, Fault> {
    Ok(snap.maybe(&OPERATOR_FIND, args![], |_| Ok(()))?.is_some())
}

/// A number that is another one after every change.
fn revision(snap: &Snap<'_>) -> Result<i64, Fault> {
    snap.one(&REVISION_SUM, args![], |row| row.get(0))
}

/// Whether a tool changes what the gate has answered.
pub(crate) const fn changes_identity(tool: Tool) -> bool {
    matches!(tool, Tool::PrincipalPut | Tool::PrincipalRevoke | Tool::TokenRevoke)
}

#[cfg(test)]
mod tests;
