//! Reading how far an import is, and what became of its rows.

use super::Report;
use crate::{
    db::{Row, Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
};
use jiff::Timestamp;
use kernel::{
    id::{Id, Import, Job, Principal},
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    IMPORT_GET = "get.sql";
}

/// Read how far an import is, and what became of its rows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    pub import: Id<Import>,
}

/// An import.
#[derive(Debug, Serialize, Deserialize)]
pub struct Seen {
    pub import: Id<Import>,
    kind: String,
    format: String,
    pub size: u64,
    digest: String,
    actor: Id<Principal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<Id<Principal>>,
    job: Id<Job>,
    /// `ended`, `stopped`, or how its job stands: `waiting`, `queued`, `running`,
    /// `dead`, `cancelled`.
    pub standing: String,
    /// How many bytes of the file are behind.
    pub done: u64,
    pub report: Report,
    asked_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// Why it ended before its last row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl Look for Get {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let args = args![sight.caller.tenant, self.import];
        let seen = snap.maybe(&IMPORT_GET, args, |row| read(row, self.import))?;
        let none = || {
            let detail = format!("there is no import `{}`", self.import);
            Refusal::new(Code::RecordNotFound, detail).at("import")
        };
        Looked::new(&seen.ok_or_else(none)?)
    }
}

fn read(row: &Row<'_>, import: Id<Import>) -> Result<Seen, Fault> {
    let (ended_at, stopped) = (row.get::<Option<Timestamp>>(10)?, row.get::<Option<String>>(11)?);
    let standing = match (ended_at, &stopped) {
        (None, _) => row.get(12)?,
        (Some(_), None) => "ended".to_owned(),
        (Some(_), Some(_)) => "stopped".to_owned(),
    };
    Ok(Seen {
        import,
        kind: row.get(0)?,
        format: row.get(1)?,
        size: count(row, 2, "size")?,
        digest: row.get(3)?,
        actor: row.get(4)?,
        on_behalf_of: row.get(5)?,
        job: row.get(6)?,
        standing,
        done: count(row, 7, "done")?,
        report: row.json(8)?,
        asked_at: row.get(9)?,
        ended_at,
        stopped,
    })
}

fn count(row: &Row<'_>, at: usize, column: &'static str) -> Result<u64, Fault> {
    let count: i64 = row.get(at)?;
    u64::try_from(count).map_err(|cause| Fault::unreadable("import", column, cause))
}
