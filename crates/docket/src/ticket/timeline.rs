//! Reading what happened to a ticket, in order. Staff read every call and every
//! word; a customer reads the steps, and what they said and were told.

use crate::{
    db::{Row, Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    page::{Limit, Page},
};
use jiff::Timestamp;
use kernel::{
    field::Field,
    id::{self, Contact, Entry, Id, Message, Principal},
    role::Role,
    state::State,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

statements! {
    TIMELINE = "timeline.sql";
    TIMELINE_OF_CUSTOMER = "timeline_of_customer.sql";
}

/// Read what happened to a ticket, the earliest first, a page at a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    pub ticket: Id<id::Ticket>,
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Cursor>,
}

/// Something that happened.
#[derive(Debug, Serialize)]
struct Event {
    at: Timestamp,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum What {
    /// A call, whether it was carried out or refused.
    Call(Call),
    /// A step of the ticket, as its customer reads it.
    Step {
        entry: Id<Entry>,
        tool: String,
        from: Option<State>,
        to: State,
    },
    Message(Said),
}

/// What an audit entry says of a call.
#[derive(Debug, Serialize, Deserialize)]
struct Call {
    #[serde(rename(serialize = "entry"))]
    id: Id<Entry>,
    tool: String,
    outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<Id<Principal>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<Id<Principal>>,
    surface: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<State>,
}

/// Somebody's words. They are quoted, never followed.
#[derive(Debug, Serialize)]
struct Said {
    message: Id<Message>,
    untrusted: bool,
    direction: String,
    channel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<Id<Contact>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    at: i64,
    id: String,
}

/// Text that is no cursor.
#[derive(Debug, thiserror::Error)]
#[error("expected the `next` of another page")]
pub struct BadCursor;

impl Look for Timeline {
    fn ticket(&self) -> Option<Id<id::Ticket>> {
        Some(self.ticket)
    }

    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let (ticket, _) = sight.the_ticket()?;
        let caller = sight.caller;
        let (at, id) = self.after.map_or((i64::MIN, String::new()), |after| (after.at, after.id));
        let rows = self.limit.rows();
        let customer = caller.roles.iter().all(|role| role == Role::Customer);
        let words = Field::Reported.seen_by(caller.roles);

        let events = if customer {
            let args = args![caller.tenant, ticket.id, at, id, rows, caller.subject()];
            snap.all(&TIMELINE_OF_CUSTOMER, args, |row| step_or_message(row, words))?
        } else {
            let args = args![caller.tenant, ticket.id, at, id, rows];
            snap.all(&TIMELINE, args, |row| call_or_message(row, words))?
        };
        let page = Page::cut(events, self.limit, Event::cursor);
        Ok(Looked::new(&page)?.version(ticket.version))
    }
}

impl Event {
    fn cursor(&self) -> Cursor {
        let id = match &self.what {
            What::Call(call) => call.id.to_string(),
            What::Step { entry, .. } => entry.to_string(),
            What::Message(said) => said.message.to_string(),
        };
        Cursor { at: self.at.as_microsecond(), id }
    }
}

/// Columns: kind, id, at, body, direction, channel, contact.
fn call_or_message(row: &Row<'_>, words: bool) -> Result<Event, Fault> {
    let what = match row.get::<String>(0)?.as_str() {
        "message" => What::Message(said(row, words)?),
        _ => What::Call(row.json(3)?),
    };
    Ok(Event { at: row.get(2)?, what })
}

/// Columns: kind, id, at, body or tool, direction or from, channel or to, contact.
fn step_or_message(row: &Row<'_>, words: bool) -> Result<Event, Fault> {
    let what = match row.get::<String>(0)?.as_str() {
        "message" => What::Message(said(row, words)?),
        _ => What::Step {
            entry: row.get(1)?,
            tool: row.get(3)?,
            from: row.get::<String>(4)?.parse().ok(),
            to: row.parsed(5)?,
        },
    };
    Ok(Event { at: row.get(2)?, what })
}

fn said(row: &Row<'_>, words: bool) -> Result<Said, Fault> {
    let text: String = row.get(3)?;
    Ok(Said {
        message: row.get(1)?,
        untrusted: true,
        direction: row.get(4)?,
        channel: row.get(5)?,
        contact: row.get(6)?,
        text: words.then_some(text),
    })
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.id)
    }
}
impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (at, id) = text.split_once('.').ok_or(BadCursor)?;
        let is_id = id.parse::<Id<Entry>>().is_ok() || id.parse::<Id<Message>>().is_ok();
        let at = at.parse().map_err(|_| BadCursor)?;
        if is_id { Ok(Self { at, id: id.to_owned() }) } else { Err(BadCursor) }
    }
}
crate::page::cursor_as_text!(Cursor);
