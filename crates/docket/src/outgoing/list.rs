//! Reading the outbox: what waits, what left, and what is stuck and why. No
//! address and no text is in it.

use super::store::Standing;
use crate::{
    db::{Row, Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    page::{self, Limit, Page},
};
use jiff::Timestamp;
use kernel::id::{Contact, Entry, Id, Outgoing, Ticket};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

statements! {
    OUTBOX_PAGE = "page.sql";
    OUTBOX_PAGE_STANDING = "page_standing.sql";
    OUTBOX_PAGE_TICKET = "page_ticket.sql";
}

/// Read what is to be told to customers and what became of it, a page at a
/// time, the oldest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only what stands like this.
    pub standing: Option<Standing>,
    /// Only what is about this ticket.
    pub ticket: Option<Id<Ticket>>,
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Id<Outgoing>>,
}

#[derive(Debug, Serialize)]
struct Seen {
    id: Id<Outgoing>,
    ticket: Id<Ticket>,
    /// Whoever made the call, where nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<Id<Contact>>,
    kind: String,
    /// The entry of the command that has them told.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<Id<Entry>>,
    queued_at: Timestamp,
    standing: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    attempts: Vec<Attempted>,
}

/// One attempt to have a text leave.
#[derive(Debug, Serialize)]
struct Attempted {
    number: i64,
    at: Timestamp,
    carrier: String,
    ended: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let (tenant, after, rows) =
            (sight.caller.tenant, page::after(self.after), self.limit.rows());
        let standing = self.standing.map(Standing::name).unwrap_or_default();
        let mut seen: Vec<Seen> = Vec::new();
        let gather = |row: &Row<'_>| -> Result<_, Fault> {
            if seen.last().map(|last| last.id) != Some(row.get(0)?) {
                seen.push(read(row)?);
            }
            if let Some((last, attempt)) = seen.last_mut().zip(attempted(row)?) {
                last.attempts.push(attempt);
            }
            Ok(ControlFlow::Continue(()))
        };
        match (self.ticket, self.standing) {
            (Some(ticket), _) => {
                let args = args![tenant, after, rows, standing, ticket];
                snap.each(&OUTBOX_PAGE_TICKET, args, gather)?;
            }
            (None, Some(_)) => {
                snap.each(&OUTBOX_PAGE_STANDING, args![tenant, after, rows, standing], gather)?;
            }
            (None, None) => snap.each(&OUTBOX_PAGE, args![tenant, after, rows], gather)?,
        }
        Looked::new(&Page::cut(seen, self.limit, |last| last.id))
    }
}

fn read(row: &Row<'_>) -> Result<Seen, Fault> {
    let standing: String = row.get(6)?;
    let waits = standing == Standing::Waiting.name();
    Ok(Seen {
        id: row.get(0)?,
        ticket: row.get(1)?,
        contact: row.get(2)?,
        kind: row.get(3)?,
        receipt: row.get(4)?,
        queued_at: row.get(5)?,
        standing,
        reason: row.get(7)?,
        next_at: if waits { Some(row.get(8)?) } else { None },
        ended_at: row.get(9)?,
        attempts: Vec::new(),
    })
}

fn attempted(row: &Row<'_>) -> Result<Option<Attempted>, Fault> {
    let Some(number) = row.get(10)? else { return Ok(None) };
    let (at, carrier) = (row.get(11)?, row.get(12)?);
    Ok(Some(Attempted { number, at, carrier, ended: row.get(13)?, error: row.get(14)? }))
}
