//! Rows to technicians and back; the only code that names their SQL.

use super::Technician;
use crate::{
    db::{Row, Snap, args, statements},
    failure::{Failure, Fault},
};
use jiff::Timestamp;
use kernel::{
    hours::Span,
    id::{self, Id, Tenant},
    refusal::{Code, Refusal},
};

statements! {
    TECHNICIAN_ABSENCES = "absences.sql";
    TECHNICIAN_ACTIVE = "all_active.sql";
    TECHNICIAN_FIND = "find.sql";
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

/// Everybody who works here now, in the order of their ids.
pub(crate) fn all_active(snap: &Snap<'_>, tenant: Id<Tenant>) -> Result<Vec<Technician>, Fault> {
    snap.all(&TECHNICIAN_ACTIVE, args![tenant], technician)
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
    })
}
