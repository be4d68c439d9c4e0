//! Messages: what the customer said, what they were told, and our own notes.
//!
//! What must stay true:
//!
//! * A message is kept as it came in, and shown as text that hides nothing.
//! * What the channel delivers twice is there once.
//! * Somebody else's words are data. Nothing in a message is ever followed.

mod sender;

pub(crate) use sender::Normal;
pub use sender::Sender;

use crate::{
    db::{Snap, Tx, args, statements},
    door::Act,
    failure::{Failure, Fault},
    ticket::Channel,
};
use jiff::Timestamp;
use kernel::id::{self, Contact, Id, Principal, Tenant, Ticket};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    MESSAGE_ADD = "add.sql";
    MESSAGE_FIND = "find.sql";
    MESSAGE_KNOWN = "known.sql";
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the customer.
    In,
    /// To the customer.
    Out,
    /// Among ourselves.
    Note,
}

impl Direction {
    pub const fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Note => "note",
        }
    }
}

/// A message to keep.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub ticket: Id<Ticket>,
    pub direction: Direction,
    pub channel: Channel,
    pub external: Option<&'a str>,
    pub contact: Option<Id<Contact>>,
    pub raw: &'a str,
}

/// What a rule may want to know of a message that was kept.
#[derive(Debug)]
pub(crate) struct Kept {
    pub inbound: bool,
    pub contact: Option<Id<Contact>>,
    /// Who wrote it down.
    pub author: Option<Id<Principal>>,
    pub at: Timestamp,
}

/// A message that a channel delivered before.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub message: Id<id::Message>,
    pub ticket: Id<Ticket>,
}

/// Keeps a message of a ticket.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn keep(
    tx: &mut Tx<'_>,
    act: &mut Act<'_>,
    message: &Message<'_>,
) -> Result<Id<id::Message>, Failure> {
    let id = keep_as(tx, act.caller.tenant, act.caller.known_actor(), message)?;
    act.subject(id);
    Ok(id)
}

/// Keeps a message of a ticket that `author` wrote down; nobody means Docket itself.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn keep_as(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    author: Option<Id<Principal>>,
    message: &Message<'_>,
) -> Result<Id<id::Message>, Fault> {
    let id: Id<id::Message> = tx.new_id();
    tx.put(
        &MESSAGE_ADD,
        args![
            tenant,
            id,
            message.ticket,
            message.direction.name(),
            message.channel.name(),
            message.external,
            message.contact,
            author,
            message.raw.as_bytes(),
            kernel::text::readable(message.raw),
            tx.now(),
        ],
    )?;
    Ok(id)
}

/// Keeps a note for our own people.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn note(
    tx: &mut Tx<'_>,
    act: &mut Act<'_>,
    ticket: Id<Ticket>,
    text: &str,
) -> Result<Id<id::Message>, Failure> {
    let (direction, channel) = (Direction::Note, Channel::Console);
    let message = Message { ticket, direction, channel, external: None, contact: None, raw: text };
    keep(tx, act, &message)
}

/// The message of that ticket.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn find(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
    id: Id<id::Message>,
) -> Result<Option<Kept>, Fault> {
    snap.maybe(&MESSAGE_FIND, args![tenant, ticket, id], |row| {
        Ok(Kept {
            inbound: row.get::<String>(0)? == Direction::In.name(),
            contact: row.get(1)?,
            author: row.get(2)?,
            at: row.get(3)?,
        })
    })
}

/// Asks ahead for [`known`].
pub(crate) fn foresee_known(snap: &Snap<'_>, tenant: Id<Tenant>, channel: Channel, external: &str) {
    snap.foresee(&MESSAGE_KNOWN, args![tenant, channel.name(), external]);
}

/// The message that a channel delivered under this id before.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn known(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    channel: Channel,
    external: &str,
) -> Result<Option<Delivered>, Fault> {
    snap.maybe(&MESSAGE_KNOWN, args![tenant, channel.name(), external], |row| {
        Ok(Delivered { message: row.get(0)?, ticket: row.get(1)? })
    })
}
