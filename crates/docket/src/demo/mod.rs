//! The demo: a week of service calls, played through the door.
//!
//! ```text
//!   file ── read ──▶ calls ── play ──▶ tickets ── check ──▶ report
//!           quarantine     stage: the clock      packets, log
//! ```
//!
//! It has a tenant of its own, people and agents with tokens of their own, and
//! no way in but the door. What the people do follows a script; what Docket
//! answers does not.
//!
//! What must stay true:
//!
//! * In the end every call is closed, cancelled, or waits for a reason that has
//!   a name and that fits where its ticket stands. Docket is asked, not the script.
//! * A row that cannot be read is in quarantine, with its line and the reason.
//! * What is refused is really tried, and is expected to be refused by that rule.
//! * Every packet and the whole log are checked again, as a stranger would.
//!
//! Start with [`run`], and then [`play`].

pub mod call;
pub mod cast;
pub mod check;
pub mod crew;
pub mod diary;
pub mod photo;
pub mod play;
pub mod read;
pub mod report;
pub mod run;
pub mod scenes;
pub mod stage;
pub mod tally;
pub mod town;

/// Calls of the trade, written for the demo. Nobody in it exists: the numbers
/// are of the range kept for fiction and the addresses of `example.com`.
pub const SAMPLE: &str = include_str!("sample.csv");

#[cfg(test)]
mod tests;
