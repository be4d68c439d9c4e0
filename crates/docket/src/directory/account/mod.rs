//! Accounts: the tenant's customers.

pub mod list;
pub mod put;

use super::record;
use crate::{
    db::{Snap, args, statements},
    failure::Failure,
};
use kernel::id::{Account, Id, Tenant};

statements! {
    ACCOUNT_NAMED = "named.sql";
    ACCOUNT_PAGE = "page.sql";
    ACCOUNT_PUT = "put.sql";
}

/// Whether there is such an account.
///
/// # Errors
/// `record.not_found`, whether there is none or it is another tenant's.
pub(super) fn check(snap: &Snap<'_>, tenant: Id<Tenant>, id: Id<Account>) -> Result<(), Failure> {
    let none: Option<&str> = None;
    let found = snap.maybe(&ACCOUNT_NAMED, args![tenant, id, none], |_| Ok(()))?;
    found.ok_or_else(|| record::none(id, "account"))
}

#[cfg(test)]
mod tests;
