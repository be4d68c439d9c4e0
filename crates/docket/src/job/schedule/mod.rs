//! Jobs that come back by the calendar.
//!
//! ```text
//!   put ──▶ waits until next_at ──tick──▶ one job is queued
//!             ▲                    │
//!             └── moved on in the transaction of that job
//! ```
//!
//! What must stay true:
//!
//! * One server ticks: whoever has the row moves it on, and others pass it by.
//! * Ticks that were missed are done as one.
//! * A row that cannot be read keeps no other from ticking.
//!
//! When a schedule ticks is said by [`kernel::job::Schedule`]. Start with
//! [`put`] for how one comes to be and with [`tick`](tick()) for what it does.

pub mod list;
pub mod put;
pub mod remove;
mod tick;

pub use tick::{next_tick, tick};

use crate::{directory::zone, failure::Fault};
use jiff::Timestamp;
use kernel::job;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a tick does while the job of the one before is not finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// Queues another, which may run beside it.
    #[default]
    Queue,
    /// Nothing.
    Skip,
}

impl Overlap {
    const fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Skip => "skip",
        }
    }
}

/// The schedule of a row, which was checked on its way in.
fn stored(cron: &str, name: &str, now: Timestamp) -> Result<job::Schedule, Fault> {
    let zone = zone::stored(name)?;
    job::Schedule::new(cron, zone, now)
        .map_err(|cause| Fault::unreadable("job_schedule", "cron", cause))
}

#[cfg(test)]
mod tests;
