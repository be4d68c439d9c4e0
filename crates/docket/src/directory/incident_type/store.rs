//! Rows to templates and back; the only code that names the SQL of types.

use super::{Template, list::Seen};
use crate::{
    db::{Snap, Tx, args, statements},
    failure::{Failure, Fault},
};
use kernel::{
    id::{Id, Tenant},
    refusal::{Code, Refusal},
};
use std::sync::LazyLock;

statements! {
    TYPE_ACTIVE = "active.sql";
    TYPE_ACTIVATE = "activate.sql";
    TYPE_ADD = "add.sql";
    TYPE_AT = "at.sql";
    TYPE_LATEST = "latest.sql";
    TYPE_PAGE = "page.sql";
}

/// What every tenant starts with.
static SEED: LazyLock<Vec<Template>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("seed.json"))
        .expect("the file ships with the program, and a test reads it")
});

/// The version of a type that is used from now on.
///
/// # Errors
/// `type.unknown`, if there is no such type or none of its versions is active.
pub(crate) fn active(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    name: &str,
) -> Result<(i64, Template), Failure> {
    let found =
        snap.maybe(&TYPE_ACTIVE, args![tenant, name], |row| Ok((row.get(0)?, row.json(1)?)))?;
    found.ok_or_else(|| {
        let detail = "there is no active incident type of that name";
        Refusal::new(Code::TypeUnknown, detail).at("incident_type").into()
    })
}

/// The version of a type that a ticket is held to.
///
/// # Errors
/// `type.unknown`, if there is no such version.
pub(crate) fn at(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    name: &str,
    version: i64,
) -> Result<Template, Failure> {
    let found = snap.maybe(&TYPE_AT, args![tenant, name, version], |row| row.json(0))?;
    found.ok_or_else(|| {
        let detail = format!("there is no version {version} of that incident type");
        Refusal::new(Code::TypeUnknown, detail).at("incident_type").into()
    })
}

/// Asks ahead for [`active`].
pub(crate) fn foresee_active(snap: &Snap<'_>, tenant: Id<Tenant>, name: &str) {
    snap.foresee(&TYPE_ACTIVE, args![tenant, name]);
}

/// Asks ahead for [`at`].
pub(crate) fn foresee_at(snap: &Snap<'_>, tenant: Id<Tenant>, name: &str, version: i64) {
    snap.foresee(&TYPE_AT, args![tenant, name, version]);
}

/// Gives a new tenant its first types, active.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn seed(tx: &mut Tx<'_>, tenant: Id<Tenant>) -> Result<(), Fault> {
    for template in SEED.iter() {
        add(tx, tenant, template, 1)?;
        activate(tx, tenant, template.name.as_str(), 1)?;
    }
    Ok(())
}

pub(super) fn add(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    template: &Template,
    version: i64,
) -> Result<(), Fault> {
    let text = serde_json::to_string(template)?;
    tx.put(&TYPE_ADD, args![tenant, template.name.as_str(), version, text, tx.now()])
}

pub(super) fn activate(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    name: &str,
    version: i64,
) -> Result<(), Fault> {
    tx.put(&TYPE_ACTIVATE, args![tenant, name, version, tx.now()])
}

/// The last version of a type, and what it says.
pub(super) fn latest(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    name: &str,
) -> Result<Option<(i64, Template)>, Fault> {
    snap.maybe(&TYPE_LATEST, args![tenant, name], |row| Ok((row.get(0)?, row.json(1)?)))
}

/// A page of types: the last version of each, or the one in use.
pub(super) fn page(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    after: &str,
    rows: i64,
    latest: bool,
) -> Result<Vec<Seen>, Fault> {
    snap.all(&TYPE_PAGE, args![tenant, after, rows, latest], |row| {
        Ok(Seen { version: row.get(0)?, active: row.get(1)?, template: row.json(2)? })
    })
}
