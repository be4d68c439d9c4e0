//! Tenants: the organisations that run Docket, and how each wants it.

use crate::{
    db::{Snap, args, statements},
    failure::Fault,
};
use kernel::id::{Id, Tenant};
use serde::{Deserialize, Serialize};

statements! {
    SETTINGS_FIND = "settings_find.sql";
}

/// How a tenant wants things. Every field has a value in the row; a release
/// that adds one says what older rows mean by `default`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// ISO 4217; the currency of new tickets.
    pub currency: String,
}

/// The settings of a tenant.
///
/// # Errors
/// If the database does not answer or the row cannot be read.
pub(crate) fn settings(snap: &Snap<'_>, tenant: Id<Tenant>) -> Result<Settings, Fault> {
    snap.one(&SETTINGS_FIND, args![tenant], |row| row.json(0))
}
