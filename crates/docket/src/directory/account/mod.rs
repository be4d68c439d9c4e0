//! Accounts: the tenant's customers.

pub mod list;
pub mod put;

use super::record::{self, Named};
use crate::{
    db::{Snap, statements},
    failure::Failure,
};
use kernel::id::{Account, Id, Tenant};

statements! {
    ACCOUNT_NAMED = "named.sql";
    ACCOUNT_PAGE = "page.sql";
    ACCOUNT_PUT = "put.sql";
}

/// Asks ahead for [`named`].
pub(super) fn foresee_named(snap: &Snap<'_>, tenant: Id<Tenant>, who: &Named<Account>) {
    record::foresee_named(snap, &ACCOUNT_NAMED, tenant, who);
}

/// The account that is named.
///
/// # Errors
/// `record.not_found`, whether there is none or it is another tenant's.
pub(super) fn named(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    who: &Named<Account>,
) -> Result<Id<Account>, Failure> {
    record::resolve(snap, &ACCOUNT_NAMED, tenant, who, "account")
}

#[cfg(test)]
mod tests;
