//! A job as whoever may look at it sees it. What it is about is not in it.

use crate::{db::Row, failure::Fault, job::claim::count};
use jiff::Timestamp;
use kernel::{
    id::{Id, Job},
    job::{Phase, Standing, State},
};
use serde::Serialize;

/// One line of a list.
#[derive(Debug, Serialize)]
pub(super) struct Seen {
    pub id: Id<Job>,
    pub kind: String,
    /// As people say it: `failed` is what will be tried again.
    state: State,
    /// As it is kept, and as lists are asked for.
    pub phase: Phase,
    priority: i64,
    due_at: Timestamp,
    /// How many attempts have begun.
    attempt: u32,
    attempts_max: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    worker: Option<String>,
    /// In percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<i64>,
    /// Why the last attempt was in vain, as a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
}

/// Reads the first fourteen columns of every statement here.
pub(super) fn seen(row: &Row<'_>) -> Result<Seen, Fault> {
    let (attempt, attempts_max) = (count(row, 5)?, count(row, 6)?);
    let phase: Phase = row.parsed(2)?;
    let lease = row.get(7)?;
    let standing = Standing { phase, attempt, attempts_max, lease, cancel_asked: false };
    Ok(Seen {
        id: row.get(0)?,
        kind: row.get(1)?,
        state: standing.state(),
        phase,
        priority: row.get(3)?,
        due_at: row.get(4)?,
        attempt,
        attempts_max,
        worker: row.get(8)?,
        progress: row.get(9)?,
        error: row.get(10)?,
        created_at: row.get(11)?,
        started_at: row.get(12)?,
        ended_at: row.get(13)?,
    })
}
