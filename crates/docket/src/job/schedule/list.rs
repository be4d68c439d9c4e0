//! Reading the schedules.

use crate::{
    db::{Row, Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    page::{self, Limit, Page},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{Id, Job, Principal},
    key::Key,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

statements! {
    SCHEDULE_PAGE = "page.sql";
}

/// Read what is queued by the calendar, and when next, a page at a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Key>,
}

#[derive(Debug, Serialize)]
struct Seen {
    name: String,
    kind: String,
    cron: String,
    zone: String,
    payload: Value,
    priority: i64,
    attempts: i64,
    timeout_s: i64,
    overlap: String,
    /// Nothing, if it will not tick again.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_job: Option<Id<Job>>,
    put_by: Id<Principal>,
    put_at: Timestamp,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let after = page::after(self.after);
        let args = args![sight.caller.tenant, after, self.limit.rows()];
        let seen = snap.all(&SCHEDULE_PAGE, args, read)?;
        Looked::new(&Page::cut(seen, self.limit, |last| last.name.clone()))
    }
}

fn read(row: &Row<'_>) -> Result<Seen, Fault> {
    Ok(Seen {
        name: row.get(0)?,
        kind: row.get(1)?,
        cron: row.get(2)?,
        zone: row.get(3)?,
        payload: row.json(4)?,
        priority: row.get(5)?,
        attempts: row.get(6)?,
        timeout_s: SignedDuration::from_micros(row.get(7)?).as_secs(),
        overlap: row.get(8)?,
        next_at: row.get(9)?,
        last_at: row.get(10)?,
        last_job: row.get(11)?,
        put_by: row.get(12)?,
        put_at: row.get(13)?,
    })
}
