//! Requests as Open311 (GeoReport v2) describes them, one per row.
//!
//! The interface answers JSON or XML; cities publish the same fields as tables.
//! `requested_datetime` has to say its offset, as the specification wants it.
//! The form has no time zone for a place, so the caller of the reader names one.
//! Who asked is not published, so the agency's own desk calls.

use super::{
    super::call::{Caller, Course, Incoming, Kind, OnFile, Place},
    row::{self, Row},
};
use crate::ticket::Channel;
use jiff::Timestamp;

pub(super) const NEEDED: [&str; 4] =
    ["service_request_id", "status", "requested_datetime", "address"];

pub(super) fn call(row: &Row<'_>, zone: &str) -> Result<Incoming, String> {
    let reference = row.needed("service_request_id")?.to_owned();
    let at = time(row, "requested_datetime")?.ok_or("`requested_datetime` is empty")?;
    let service = row
        .maybe("service_name")
        .or_else(|| row.maybe("service_code"))
        .ok_or("there is neither `service_name` nor `service_code`")?;
    let mut remarks = Vec::new();
    if time(row, "updated_datetime")?.is_some_and(|updated| updated < at) {
        remarks.push("updated before it was requested");
    }
    let summary = match row.maybe("description") {
        Some(words) if words.chars().count() <= 120 && !words.contains('\n') => words,
        _ => service,
    };

    Ok(Incoming {
        line: 0,
        at,
        channel: Channel::Web,
        caller: Caller { on_file: OnFile::MayRequest, ..Caller::default() },
        place: place(row, zone)?,
        kind: Some(Kind { key: row::key(service)?, name: service.to_owned() }),
        summary: row::text("summary", summary)?,
        description: row::text("description", row.maybe("description").unwrap_or(service))?,
        course: course(row.needed("status")?, &reference)?,
        reference,
        remarks,
    })
}

fn time(row: &Row<'_>, column: &str) -> Result<Option<Timestamp>, String> {
    let read = |text: &str| {
        text.parse().map_err(|_| format!("`{column}` is no time with an offset, as in RFC 3339"))
    };
    row.maybe(column).map(read).transpose()
}

fn place(row: &Row<'_>, zone: &str) -> Result<Place, String> {
    let address = row::normal(row.needed("address")?);
    let account = row.maybe("agency_responsible").unwrap_or("The city");
    Ok(Place {
        reference: format!("{account}|{address}"),
        account: row::text("agency", account)?,
        name: row::text("address", &address)?,
        address: row::text("address", &address)?,
        territory: row::key("citywide")?,
        zone: zone.to_owned(),
        location: row.location("lat", "long")?,
    })
}

fn course(status: &str, reference: &str) -> Result<Course, String> {
    match status.to_ascii_lowercase().as_str() {
        "closed" => Ok(Course::drawn(reference)),
        "open" => Ok(Course::NoAnswer),
        _ => Err("`status` is neither `open` nor `closed`".to_owned()),
    }
}
