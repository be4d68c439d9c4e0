mod canonical;
mod channel;
mod contact;
mod contract;
mod fuzz;
mod gate;
mod hours;
mod id;
mod invoice;
mod job;
mod merkle;
mod money;
mod note;
mod policy;
mod receipt;
mod sla;
mod text;
mod tiles;
mod window;

use jiff::{Timestamp, tz::TimeZone};

/// A zone of the database that is compiled in.
#[expect(clippy::disallowed_methods, reason = "tests name zones; the kernel is handed them")]
fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
