//! Service requests as New York City's open data exports them.
//!
//! | Here | There |
//! |---|---|
//! | reference | `unique_key` |
//! | time | `created_date`, New York wall-clock time |
//! | account | `agency_name`; the file does not say who called, so the agency's 311 desk calls |
//! | site | `incident_address`, or the two streets of an intersection, in `borough` |
//! | channel | `PHONE` phone, `ONLINE` and `MOBILE` web, signed in; `UNKNOWN` a web form that nobody signed in for, which proves nothing, so that a dispatcher calls back first |
//! | incident type | doors and windows go to the demo's own types; every other complaint becomes a type of its name |
//! | course | drawn from the reference; requests that the file has not closed are left unanswered |
//!
//! The status, closing date and resolution are what came after, so they play no
//! part, but a request that closes before it was created is remarked on.

use super::{
    super::call::{Caller, Course, Incoming, Kind, OnFile, Place},
    row::{self, Row},
};
use crate::ticket::Channel;
use jiff::{civil::DateTime, tz::TimeZone};

pub(super) const NEEDED: [&str; 7] = [
    "unique_key",
    "created_date",
    "closed_date",
    "agency_name",
    "complaint_type",
    "incident_address",
    "open_data_channel_type",
];

const ZONE: &str = "America/New_York";

pub(super) fn call(row: &Row<'_>) -> Result<Incoming, String> {
    let reference: u64 = row.parsed("unique_key")?;
    let reference = reference.to_string();
    let zone = TimeZone::get(ZONE).map_err(|why| why.to_string())?;
    let created = time("created_date", row.needed("created_date")?)?;
    let complaint = row.needed("complaint_type")?;
    let (channel, known) = channel(row.needed("open_data_channel_type")?)?;
    let mut remarks = Vec::new();
    let closed = row.maybe("closed_date").map(|text| time("closed_date", text)).transpose()?;
    if closed.is_some_and(|closed| closed < created) {
        remarks.push("closed before it was created");
    }

    Ok(Incoming {
        line: 0,
        at: row::local("created_date", created, &zone)?,
        channel,
        caller: Caller {
            on_file: if known { OnFile::MayRequest } else { OnFile::No },
            ..Caller::default()
        },
        place: place(row)?,
        kind: Some(kind(complaint, row.maybe("descriptor"))?),
        summary: row::text("summary", &summary(complaint, row.maybe("descriptor")))?,
        description: row::text("description", &description(row, &reference, created))?,
        course: course(row.needed("status")?, &reference)?,
        reference,
        remarks,
    })
}

/// The interface writes `2019-12-31T23:59:11.000`, the portal `12/31/2019 11:59:11 PM`.
fn time(column: &str, text: &str) -> Result<DateTime, String> {
    let read = if text.contains('T') {
        text.parse()
    } else {
        DateTime::strptime("%m/%d/%Y %I:%M:%S %p", text)
    };
    read.map_err(|_| format!("`{column}` is no time like `2019-12-31T23:59:11`"))
}

fn channel(text: &str) -> Result<(Channel, bool), String> {
    match text {
        "PHONE" => Ok((Channel::Phone, true)),
        "ONLINE" | "MOBILE" => Ok((Channel::Web, true)),
        "UNKNOWN" => Ok((Channel::Web, false)),
        _ => Err("`open_data_channel_type` is none that is known".to_owned()),
    }
}

fn place(row: &Row<'_>) -> Result<Place, String> {
    let address = match (
        row.maybe("incident_address"),
        row.maybe("intersection_street_1"),
        row.maybe("intersection_street_2"),
    ) {
        (Some(address), _, _) => row::normal(address),
        (None, Some(one), Some(other)) => row::normal(&format!("{one} & {other}")),
        _ => return Err("there is neither an address nor an intersection".to_owned()),
    };
    let borough = row.needed("borough")?;
    let zip = row.maybe("incident_zip").map(|zip| format!(" {zip}")).unwrap_or_default();
    let account = row.needed("agency_name")?;
    Ok(Place {
        reference: format!("{account}|{borough}|{address}"),
        account: row::text("agency", account)?,
        name: row::text("address", &address)?,
        address: row::text("address", &format!("{address}, {borough}, NY{zip}"))?,
        territory: row::key(borough)?,
        zone: ZONE.to_owned(),
        location: row.location("latitude", "longitude")?,
    })
}

/// A type that the trade has where the complaint is truly about that, and the
/// complaint's own name otherwise.
fn kind(complaint: &str, descriptor: Option<&str>) -> Result<Kind, String> {
    let name = match (complaint, descriptor) {
        ("DOOR/WINDOW", Some("DOOR")) => "hardware_replacement",
        ("DOOR/WINDOW", Some("WINDOW FRAME" | "WINDOW PANE" | "DOOR FRAME")) => {
            "frame_or_glass_damage"
        }
        _ => complaint,
    };
    Ok(Kind { key: row::key(name)?, name: name.to_owned() })
}

fn summary(complaint: &str, descriptor: Option<&str>) -> String {
    descriptor.map_or_else(|| complaint.to_owned(), |more| format!("{complaint}: {more}"))
}

/// What was known when the request came in.
fn description(row: &Row<'_>, reference: &str, created: DateTime) -> String {
    let mut text = format!("311 request {reference}, created {created} New York time.");
    let more = [
        ("Detail", "descriptor_2"),
        ("Kind of place", "location_type"),
        ("Between", "cross_street_1"),
        ("and", "cross_street_2"),
        ("Landmark", "landmark"),
    ];
    for (label, column) in more {
        if let Some(value) = row.maybe(column) {
            text += &format!("\n{label}: {value}");
        }
    }
    text
}

fn course(status: &str, reference: &str) -> Result<Course, String> {
    match status {
        "Closed" => Ok(Course::drawn(reference)),
        "Open" | "Assigned" | "In Progress" | "Pending" | "Started" | "Unspecified" => {
            Ok(Course::NoAnswer)
        }
        _ => Err("`status` is none that is known".to_owned()),
    }
}
