//! Rows to technicians and back; the only code that names their SQL.

use super::{Technician, put::Put};
use crate::{
    db::{Row, Snap, Tx, args, statements},
    directory::record,
    failure::{Failure, Fault},
};
use jiff::Timestamp;
use kernel::{
    hours::Span,
    id::{self, Id, Tenant},
    refusal::{Code, Refusal},
};

statements! {
    ABSENCE_DROP = "absence_drop.sql";
    ABSENCE_NOTE = "absence_note.sql";
    TECHNICIAN_ABSENCES = "absences.sql";
    TECHNICIAN_ACTIVE = "all_active.sql";
    TECHNICIAN_EVERYBODY = "everybody.sql";
    TECHNICIAN_FIND = "find.sql";
    TECHNICIAN_NAMED = "named.sql";
    TECHNICIAN_PAGE = "page.sql";
    TECHNICIAN_PLANNED = "planned.sql";
    TECHNICIAN_PUT = "put.sql";
}

/// Has those who decide about the time of a technician do so one after the other.
pub(crate) fn lock(tx: &mut Tx<'_>, id: Id<id::Technician>) {
    tx.lock("technician", id);
}

/// The technician, whether or not they still work here.
///
/// # Errors
/// `record.not_found`, whether there is none or it is another tenant's.
pub(crate) fn find(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Technician>,
) -> Result<Technician, Failure> {
    let found = snap.maybe(&TECHNICIAN_FIND, args![tenant, id], technician)?;
    found.ok_or_else(|| {
        let detail = format!("there is no technician `{id}`");
        Refusal::new(Code::RecordNotFound, detail).at("technician").into()
    })
}

/// Asks ahead for [`find`].
pub(crate) fn foresee(snap: &Snap<'_>, tenant: Id<Tenant>, id: Id<id::Technician>) {
    snap.foresee(&TECHNICIAN_FIND, args![tenant, id]);
}

/// Asks ahead for [`absences`].
pub(crate) fn foresee_absences(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Technician>,
    from: Timestamp,
    to: Timestamp,
) {
    snap.foresee(&TECHNICIAN_ABSENCES, args![tenant, id, from, to]);
}

/// Everybody who works here now, in the order of their ids.
pub(crate) fn all_active(snap: &Snap<'_>, tenant: Id<Tenant>) -> Result<Vec<Technician>, Fault> {
    snap.all(&TECHNICIAN_ACTIVE, args![tenant], technician)
}

/// Everybody who works or worked here, in the order of their ids.
pub(crate) fn everybody(snap: &Snap<'_>, tenant: Id<Tenant>) -> Result<Vec<Technician>, Fault> {
    snap.all(&TECHNICIAN_EVERYBODY, args![tenant], technician)
}

/// Asks ahead for [`all_active`].
pub(crate) fn foresee_all_active(snap: &Snap<'_>, tenant: Id<Tenant>) {
    snap.foresee(&TECHNICIAN_ACTIVE, args![tenant]);
}

/// Asks ahead for [`everybody`].
pub(crate) fn foresee_everybody(snap: &Snap<'_>, tenant: Id<Tenant>) {
    snap.foresee(&TECHNICIAN_EVERYBODY, args![tenant]);
}

/// When the technician is away in a stretch of time, in order.
pub(crate) fn absences(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Technician>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Span>, Fault> {
    snap.all(&TECHNICIAN_ABSENCES, args![tenant, id, from, to], |row| {
        Ok(Span::new(row.get(0)?, row.get(1)?))
    })
}

/// A page of technicians.
pub(super) fn page(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    after: &str,
    rows: i64,
    inactive_too: bool,
) -> Result<Vec<Technician>, Fault> {
    snap.all(&TECHNICIAN_PAGE, args![tenant, after, rows, inactive_too], technician)
}

/// Which record a `put` is about.
///
/// # Errors
/// See [`record::target`].
pub(super) fn target(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    put: &Put,
) -> Result<record::Put<id::Technician>, Failure> {
    record::target(tx, &TECHNICIAN_NAMED, tenant, put.id, put.reference.as_deref())
}

/// Writes a technician down, new or changed.
///
/// # Errors
/// `record.taken`, if somebody else signs in as the same user.
pub(super) fn put(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Technician>,
    put: &Put,
) -> Result<(), Failure> {
    let home = put.home.as_ref();
    let location = home.and_then(|home| home.location);
    let args = args![
        tenant,
        id,
        put.name.as_str(),
        put.reference.as_deref(),
        put.principal,
        put.active,
        serde_json::to_string(&put.skills)?,
        serde_json::to_string(&put.territories)?,
        put.zone.as_str(),
        serde_json::to_string(&put.shifts)?,
        home.map(|home| home.address.as_str()),
        location.map(|at| at.latitude_e7),
        location.map(|at| at.longitude_e7),
        tx.now(),
    ];
    record::written(tx.execute(&TECHNICIAN_PUT, args))
}

/// Notes an absence, in place of one that begins at the same time.
pub(super) fn note_absence(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Technician>,
    away: Span,
    reason: Option<&str>,
) -> Result<(), Fault> {
    tx.put(&ABSENCE_NOTE, args![tenant, id, away.start, away.end, reason])
}

/// Takes back the absence that begins then; says whether there was one.
pub(super) fn drop_absence(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Technician>,
    start: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(&ABSENCE_DROP, args![tenant, id, start])? > 0)
}

/// The tickets that are planned for the technician in a stretch of time.
pub(super) fn planned(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Technician>,
    span: Span,
) -> Result<Vec<Id<id::Ticket>>, Fault> {
    snap.all(&TECHNICIAN_PLANNED, args![tenant, id, span.start, span.end], |row| row.get(0))
}

/// Reads a row of the columns in the order of `find.sql`.
fn technician(row: &Row<'_>) -> Result<Technician, Fault> {
    Ok(Technician {
        id: row.get(0)?,
        name: row.get(1)?,
        principal: row.get(2)?,
        active: row.get(3)?,
        skills: row.json(4)?,
        territories: row.json(5)?,
        zone: row.get(6)?,
        shifts: row.json(7)?,
        home: row.get(8)?,
        latitude_e7: row.get(9)?,
        longitude_e7: row.get(10)?,
        reference: row.get(11)?,
    })
}
