//! Looking through the entries of a tenant, newest first.

use crate::{
    db::{Args, Row, Snap, Sql, args, statements},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    page::{Limit, Page},
};
use kernel::{
    audit::{Entry, Outcome},
    id::{self, Id, Tenant},
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::ops::ControlFlow;

statements! {
    FIND = "entry_find.sql";
    FIND_ANY = "entry_find_any.sql";
    TRACED = "entry_traced.sql";
    LIST = "entry_list.sql";
    LIST_BY_TICKET = "entry_list_by_ticket.sql";
    LIST_BY_CORRELATION = "entry_list_by_correlation.sql";
}

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
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Id<id::Entry>>,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let tenant = sight.caller.tenant;
        let before = match self.after {
            Some(entry) => find(snap, tenant, entry)?.entry_no,
            None => i64::MAX,
        };

        let mut page = Page { items: Vec::<Box<RawValue>>::new(), next: None };
        let (mut scanned, mut more) = (0, false);
        self.each(snap, tenant, before, |row| {
            if page.items.len() == self.limit.items() || scanned == SCAN_MAX {
                more = true;
                return Ok(ControlFlow::Break(()));
            }
            if self.wants(row)? {
                page.items.push(row.json(4)?);
            }
            scanned += 1;
            page.next = Some(row.get::<Id<id::Entry>>(0)?);
            Ok(ControlFlow::Continue(()))
        })?;
        page.next = page.next.filter(|_| more);
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
        let run = |sql: &'static Sql, args: Args<'_>| snap.each(sql, args, see);
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

/// An entry and where it stands among the others.
pub(crate) struct Found {
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

/// The entry of the tenant, read.
///
/// # Errors
/// If the database does not answer or the entry cannot be read.
pub(crate) fn entry(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Entry>,
) -> Result<Option<Entry>, Fault> {
    snap.maybe(&FIND, args![tenant, id], |row| row.json(1))
}

/// Finds an entry of any tenant, for whoever has the database itself.
pub(crate) fn find_any(snap: &Snap<'_>, entry: Id<id::Entry>) -> Result<Option<Found>, Fault> {
    snap.maybe(&FIND_ANY, args![entry], |row| {
        Ok(Found { entry_no: row.get(0)?, body: row.get(1)? })
    })
}

/// Every entry under a correlation id, of any tenant, as it went into the log.
pub(crate) fn traced(snap: &Snap<'_>, correlation: &str) -> Result<Vec<String>, Fault> {
    snap.all(&TRACED, args![correlation], |row| row.get(0))
}
