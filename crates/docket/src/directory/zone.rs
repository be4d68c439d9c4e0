//! Time zones, by the names of the IANA database that is built in, so that a
//! name means the same on every machine.

use crate::failure::Fault;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use kernel::refusal::{Code, Refusal};
use std::sync::LazyLock;

static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The zone that somebody names.
///
/// # Errors
/// `zone.unknown`. A name has one spelling: `america/new_york` is refused too.
pub(crate) fn named(name: &str) -> Result<TimeZone, Box<Refusal>> {
    let zone = BUNDLED.get(name).ok().filter(|zone| zone.iana_name() == Some(name));
    zone.ok_or_else(|| Refusal::new(Code::ZoneUnknown, "there is no time zone of that name"))
}

/// The zone of a row, which was checked on its way in.
///
/// # Errors
/// If this release does not know the zone any more.
pub(crate) fn stored(name: &str) -> Result<TimeZone, Fault> {
    named(name).map_err(|cause| Fault::unreadable("a row", "zone", cause.to_string()))
}
