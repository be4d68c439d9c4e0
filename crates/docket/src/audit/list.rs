//! Looking through the entries of a tenant, newest first.

use crate::{
    db::{Args, Row, Snap, Sql, args, statements},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
};
use kernel::{
    audit::Outcome,
    id::{self, Id, Tenant},
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::ops::ControlFlow;

statements! {
    FIND = "entry_find.sql";
    LIST = "entry_list.sql";
    LIST_BY_TICKET = "entry_list_by_ticket.sql";
    LIST_BY_CORRELATION = "entry_list_by_correlation.sql";
}

const LIMIT: u16 = 100;
const LIMIT_MAX: u16 = 500;

/// Entries looked through for one page. What matches rarely takes several
/// pages, some of them empty, and not one long read.
const SCAN_MAX: u32 = 10_000;

/// List the audit entries of your tenant, newest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    pub ticket: Option<Id<id::Ticket>>,
    pub correlation: Option<Line<128>>,
    /// The name of a tool, or of what else was asked for.
    pub tool: Option<Line<100>>,
    pub outcome: Option<Outcome>,
    /// Where to go on: `next` of the page before.
    pub before: Option<Id<id::Entry>>,
    /// How many at most: 1 to 500, 100 if not said.
    #[schemars(range(min = 1, max = 500))]
    pub limit: Option<u16>,
}

/// One page.
#[derive(Debug, Serialize)]
pub struct Page {
    pub entries: Vec<Box<RawValue>>,
    /// Pass it as `before` to go on; nothing when this was the last page.
    pub next: Option<Id<id::Entry>>,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let limit = usize::from(limit(self.limit, LIMIT, LIMIT_MAX)?);
        let tenant = sight.caller.tenant;
        let before = match self.before {
            Some(entry) => find(snap, tenant, entry)?.entry_no,
            None => i64::MAX,
        };

        let mut page = Page { entries: Vec::new(), next: None };
        let mut scanned = 0;
        self.each(snap, tenant, before, |row| {
            if self.wants(row)? {
                page.entries.push(row.json(4)?);
            }
            scanned += 1;
            if page.entries.len() < limit && scanned < SCAN_MAX {
                return Ok(ControlFlow::Continue(()));
            }
            page.next = Some(row.get(0)?);
            Ok(ControlFlow::Break(()))
        })?;
        Looked::new(&page)
    }
}

impl List {
    /// Goes through the narrowest index there is.
    fn each(
        &self,
        snap: &Snap<'_>,
        tenant: Id<Tenant>,
        before: i64,
        see: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, Fault>,
    ) -> Result<(), Fault> {
        let mut run = |sql: &Sql, args: Args<'_>| snap.each(sql, args, see);
        match (self.ticket, &self.correlation) {
            (Some(ticket), _) => run(&LIST_BY_TICKET, args![tenant, before, ticket]),
            (None, Some(correlation)) => {
                run(&LIST_BY_CORRELATION, args![tenant, before, correlation.as_str()])
            }
            (None, None) => run(&LIST, args![tenant, before]),
        }
    }

    fn wants(&self, row: &Row<'_>) -> Result<bool, Fault> {
        let is = |at, wanted: Option<&str>| match wanted {
            Some(wanted) => Ok::<_, Fault>(row.bytes(at)? == wanted.as_bytes()),
            None => Ok(true),
        };
        let correlation = match &self.correlation {
            Some(wanted) => row.get::<Option<String>>(3)?.as_deref() == Some(wanted.as_str()),
            None => true,
        };
        Ok(correlation
            && is(1, self.tool.as_ref().map(Line::as_str))?
            && is(2, self.outcome.map(Outcome::name))?)
    }
}

/// How many to answer with.
pub(super) fn limit(asked: Option<u16>, usual: u16, most: u16) -> Result<u16, Failure> {
    let limit = asked.unwrap_or(usual);
    if (1..=most).contains(&limit) {
        return Ok(limit);
    }
    let detail = format!("`limit` is between 1 and {most}");
    Err(Refusal::new(Code::InputMalformed, detail).at("limit").into())
}

/// An entry and where it stands among the others.
pub(super) struct Found {
    pub entry_no: i64,
    pub body: String,
}

/// Finds an entry of the tenant.
pub(super) fn find(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    entry: Id<id::Entry>,
) -> Result<Found, Failure> {
    let found = snap.maybe(&FIND, args![tenant, entry], |row| {
        Ok(Found { entry_no: row.get(0)?, body: row.get(1)? })
    })?;
    Ok(found.ok_or_else(|| Refusal::new(Code::RecordNotFound, format!("no entry `{entry}`")))?)
}
