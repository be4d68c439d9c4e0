//! The demo's own form: calls of the doors and entrances trade.
//!
//! | Column | What stands there |
//! |---|---|
//! | `reference` | what the file calls the call |
//! | `received_at` | RFC 3339 with an offset |
//! | `channel` | `phone`, `sms`, `email` or `web` |
//! | `caller`, `phone`, `email` | who called, as far as they said |
//! | `on_file` | what the customer's list lets them do here: `no`, `requests`, `approves` or `both` |
//! | `account`, `site`, `address`, `territory`, `zone` | where; one account and address is one site |
//! | `incident_type` | one of the tenant's types, or nothing |
//! | `summary`, `description` | the caller's words |
//! | `course` | what the people of the demo will do about it, see [`Course`] |

use super::{
    super::call::{Caller, Course, Incoming, Kind, OnFile, Place},
    row::{self, Row},
};
use crate::ticket::Channel;
use jiff::{Timestamp, tz::TimeZone};
use kernel::{contact::Phone, key::Key};

pub(super) const COLUMNS: [&str; 16] = [
    "reference",
    "received_at",
    "channel",
    "caller",
    "phone",
    "email",
    "on_file",
    "account",
    "site",
    "address",
    "territory",
    "zone",
    "incident_type",
    "summary",
    "description",
    "course",
];

pub(super) fn call(row: &Row<'_>) -> Result<Incoming, String> {
    let at: Timestamp = row.parsed("received_at")?;
    let kind: Option<Key> = row.maybe_parsed("incident_type")?;
    let course = Course::named(row.needed("course")?).ok_or("`course` is none that is known")?;
    Ok(Incoming {
        line: 0,
        reference: row.needed("reference")?.to_owned(),
        at,
        channel: channel(row.needed("channel")?)?,
        caller: caller(row)?,
        place: place(row)?,
        kind: kind.map(|key| Kind { name: key.to_string(), key }),
        summary: row.parsed("summary")?,
        description: row.parsed("description")?,
        course,
        remarks: Vec::new(),
    })
}

fn channel(text: &str) -> Result<Channel, String> {
    match text {
        "phone" => Ok(Channel::Phone),
        "sms" => Ok(Channel::Sms),
        "email" => Ok(Channel::Email),
        "web" => Ok(Channel::Web),
        _ => Err("`channel` is none that is known".to_owned()),
    }
}

fn caller(row: &Row<'_>) -> Result<Caller, String> {
    let phone = row
        .maybe("phone")
        .map(|typed| Phone::read(typed, "US").map_err(|why| format!("`phone`: {why}")));
    let on_file = match row.needed("on_file")? {
        "no" => OnFile::No,
        "requests" => OnFile::MayRequest,
        "approves" => OnFile::MayApprove,
        "both" => OnFile::Both,
        _ => return Err("`on_file` is none that is known".to_owned()),
    };
    Ok(Caller {
        name: row.maybe_parsed("caller")?,
        phone: phone.transpose()?,
        email: row.maybe_parsed("email")?,
        on_file,
    })
}

fn place(row: &Row<'_>) -> Result<Place, String> {
    let zone = row.needed("zone")?;
    TimeZone::get(zone).map_err(|_| "`zone` is no IANA time zone".to_owned())?;
    let account = row.needed("account")?;
    let address = row.needed("address")?;
    Ok(Place {
        reference: format!("{account}|{}", row::normal(address)),
        account: row.parsed("account")?,
        name: row.parsed("site")?,
        address: row.parsed("address")?,
        territory: row.parsed("territory")?,
        zone: zone.to_owned(),
        location: None,
    })
}
