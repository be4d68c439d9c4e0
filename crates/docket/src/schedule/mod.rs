//! Scheduling: windows offered to a customer, held for their answer, confirmed.
//!
//! ```text
//!             propose                  confirm
//!   ready ───────────────▶ proposed ───────────▶ scheduled
//!                             ▲  │ hold             ▲  │
//!                    rollback │  ▼         release  │  │ reschedule: to proposed
//!                          pending customer confirmation
//! ```
//!
//! What must stay true:
//!
//! * What is confirmed was offered.
//! * Windows are kept in UTC. One said in civil time is meant on the clocks of
//!   the site, and refused if those clocks skip it or show it twice.
//! * A hold ends. If nobody released it in time, Docket itself rolls it back to
//!   exactly where it was held from.
//! * Nobody but the customer confirms a hold, and an agent's own record of what
//!   the customer said is not the customer.

pub mod board;
pub mod confirm;
mod expire;
pub mod hold;
pub mod propose;
pub mod release;
pub mod reschedule;
pub mod rollback;
mod store;

pub(crate) use expire::{EXPIRE, expire};
pub(crate) use rollback::go_back;
pub(crate) use store::{Held, end_holds, held};

use crate::{
    db::Snap,
    directory::{site, zone},
    failure::Failure,
    ticket::Ticket,
};
use jiff::{Timestamp, tz::TimeZone};
use kernel::{
    id::{Id, Tenant},
    refusal::{Code, Refusal},
    window::{BadMoment, Moment, Window},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// A window as somebody says it: in UTC, with an offset, or on the clocks of the site.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Said {
    pub start: Moment,
    /// The window is open up to, and without, its end.
    pub end: Moment,
}

/// At most this many windows are offered at once.
const OFFERS_MAX: usize = 10;

/// The zone of the clocks at a ticket's site.
pub(crate) fn zone_of(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: &Ticket,
) -> Result<TimeZone, Failure> {
    let site = site::find(snap, tenant, ticket.site)?;
    Ok(zone::stored(&site.zone)?)
}

impl Said {
    /// The window that is meant, if it has not ended.
    ///
    /// # Errors
    /// `schedule.clock_gap`, `schedule.clock_overlap`, `schedule.window` or `schedule.past`.
    fn meant(self, zone: &TimeZone, now: Timestamp, path: &str) -> Result<Window, Box<Refusal>> {
        let start = moment(self.start, zone, &format!("{path}.start"))?;
        let end = moment(self.end, zone, &format!("{path}.end"))?;
        let window = Window::new(start, end).map_err(|bad| {
            Refusal::new(Code::WindowMalformed, bad.to_string()).at(path.to_owned())
        })?;
        if window.end() <= now {
            return Err(Refusal::new(Code::WindowPast, "that window is over").at(path.to_owned()));
        }
        Ok(window)
    }
}

fn moment(said: Moment, zone: &TimeZone, path: &str) -> Result<Timestamp, Box<Refusal>> {
    said.resolve(zone).map_err(|bad| {
        let code = match bad {
            BadMoment::Skipped { .. } => Code::WindowGap,
            BadMoment::Twice { .. } => Code::WindowAmbiguous,
            BadMoment::Unreadable | BadMoment::OutOfTime(_) => Code::WindowMalformed,
        };
        Refusal::new(code, bad.to_string()).at(path.to_owned())
    })
}

/// Reads the windows that are to be offered: 1 to 10, none of them twice.
fn offers(said: &[Said], zone: &TimeZone, now: Timestamp) -> Result<Vec<Window>, Box<Refusal>> {
    if !(1..=OFFERS_MAX).contains(&said.len()) {
        let detail = format!("offer 1 to {OFFERS_MAX} windows");
        return Err(Refusal::new(Code::WindowMalformed, detail).at("windows"));
    }
    let mut windows = Vec::with_capacity(said.len());
    for (at, said) in said.iter().enumerate() {
        let path = format!("windows[{at}]");
        let window = said.meant(zone, now, &path)?;
        if windows.contains(&window) {
            let detail = "this window is offered already";
            return Err(Refusal::new(Code::WindowMalformed, detail).at(path));
        }
        windows.push(window);
    }
    Ok(windows)
}

/// Whether a window is one of those offered.
///
/// # Errors
/// `schedule.not_offered`.
fn offered(window: Window, offered: &[Window]) -> Result<(), Box<Refusal>> {
    if offered.contains(&window) {
        return Ok(());
    }
    let detail = "that window was not offered";
    Err(Refusal::new(Code::WindowNotOffered, detail).at("window"))
}

/// A window as the customer reads it, on the clocks of the site.
pub(crate) fn told(window: Window, zone: &TimeZone) -> String {
    let start = zone.to_datetime(window.start());
    let end = zone.to_datetime(window.end());
    if start.date() == end.date() {
        let day = start.strftime("%A, %-d %B %Y, %H:%M");
        return format!("{day} to {}", end.strftime("%H:%M"));
    }
    let form = "%A, %-d %B %Y, %H:%M";
    format!("{} to {}", start.strftime(form), end.strftime(form))
}

/// A step was asked of a ticket that stands elsewhere, which the door rules out.
fn misplaced(ticket: &Ticket) -> Failure {
    let text = format!("`{}` is {} and was let in", ticket.id, ticket.state());
    crate::failure::Fault::Other(text).into()
}

#[cfg(test)]
mod tests;
