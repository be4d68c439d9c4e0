//! Tenants: the organisations that run Docket, and how each wants it.

pub mod configure;
pub mod create;

use crate::{
    db::{Snap, Tx, args, statements},
    failure::Fault,
};
use kernel::{
    id::{Id, RateCard, Tenant},
    money::Currency,
    sla::Calendar,
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    SETTINGS_FIND = "settings_find.sql";
    SETTINGS_SAVE = "settings_save.sql";
}

/// How a tenant wants things. Every field has a value in the row.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The currency of new tickets.
    pub currency: Currency,
    /// The region (ISO 3166) whose phone numbers need no country code.
    pub region: Line<2>,
    /// The IANA zone of the calendar below.
    pub zone: Line<64>,
    /// When the clocks of targets run.
    pub calendar: Calendar,
    /// For how long the same call counts as the same call.
    pub duplicate_minutes: u32,
    /// An approval above this many minor units needs a second factor.
    pub second_factor_above_minor: i64,
    /// The prices of accounts that have none of their own.
    pub rate_card: Option<Id<RateCard>>,
}

impl Settings {
    /// What a new tenant starts from.
    ///
    /// # Panics
    /// Never; the texts are checked by a test.
    pub fn new(currency: Currency) -> Self {
        Self {
            currency,
            region: "US".to_owned().try_into().expect("two letters are a line"),
            zone: "UTC".to_owned().try_into().expect("three letters are a line"),
            calendar: Calendar::Always {},
            duplicate_minutes: 120,
            second_factor_above_minor: 100_000,
            rate_card: None,
        }
    }
}

/// The settings of a tenant.
///
/// # Errors
/// If the database does not answer or the row cannot be read.
pub(crate) fn settings(snap: &Snap<'_>, tenant: Id<Tenant>) -> Result<Settings, Fault> {
    snap.one(&SETTINGS_FIND, args![tenant], |row| row.json(0))
}

/// Asks ahead for [`settings`].
pub(crate) fn foresee_settings(snap: &Snap<'_>, tenant: Id<Tenant>) {
    snap.foresee(&SETTINGS_FIND, args![tenant]);
}

/// The settings of a tenant, for whoever is about to change some of them:
/// nobody else does meanwhile.
///
/// # Errors
/// See [`settings`].
pub(crate) fn settings_to_change(tx: &mut Tx<'_>, tenant: Id<Tenant>) -> Result<Settings, Fault> {
    tx.lock("settings", tenant);
    settings(tx, tenant)
}

/// Keeps how a tenant wants things from now on.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn save_settings(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    settings: &Settings,
) -> Result<(), Fault> {
    tx.put_one(&SETTINGS_SAVE, args![tenant, serde_json::to_string(settings)?])
}
