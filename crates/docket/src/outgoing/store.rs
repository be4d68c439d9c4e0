//! Rows to outgoing texts and back; the only code that names their SQL.

use super::Kind;
use crate::{
    db::{Snap, Tx, args, statements},
    failure::Fault,
    ticket::Channel,
};
use jiff::Timestamp;
use kernel::id::{Contact, Entry, Id, Outgoing, Tenant, Ticket};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    OUTGOING_ADD = "add.sql";
    OUTGOING_WAITING = "waiting.sql";
    OUTGOING_SETTLE = "settle.sql";
    OUTGOING_ATTEMPT_ADD = "attempt_add.sql";
    OUTGOING_FIND = "find.sql";
    OUTGOING_REPLAY = "replay.sql";
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is tried, or tried again, when its time has come.
    Waiting,
    Delivered,
    /// It was no longer so when it was to be sent.
    Superseded,
    /// Nobody knows how to reach whoever it is for.
    NoAddress,
    /// Nothing is configured that reaches an address like theirs.
    NoCarrier,
    /// It was tried as often as it may be, or can never leave.
    Dead,
}

impl Standing {
    const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Delivered,
        Self::Superseded,
        Self::NoAddress,
        Self::NoCarrier,
        Self::Dead,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Superseded => "superseded",
            Self::NoAddress => "no_address",
            Self::NoCarrier => "no_carrier",
            Self::Dead => "dead",
        }
    }

    /// Whether nothing fixed when it was queued is of use any more. What is
    /// stuck may be put back and needs it; a secret is not put back.
    pub const fn needs_no_words(self, kind: Kind) -> bool {
        match self {
            Self::Waiting => false,
            Self::Delivered | Self::Superseded => true,
            Self::NoAddress | Self::NoCarrier | Self::Dead => kind.is_secret(),
        }
    }
}

/// A text on its way into the outbox.
pub(super) struct Queued<'a> {
    pub id: Id<Outgoing>,
    pub ticket: Id<Ticket>,
    pub contact: Option<Id<Contact>>,
    pub kind: Kind,
    pub receipt: Id<Entry>,
    pub words: Option<&'a str>,
}

/// A text that waits. It holds an address and perhaps a secret, and is not printed.
pub(super) struct Waiting {
    pub tenant: Id<Tenant>,
    pub id: Id<Outgoing>,
    pub ticket: Id<Ticket>,
    pub kind: Kind,
    pub receipt: Option<Id<Entry>>,
    pub words: Option<String>,
    pub queued_at: Timestamp,
    /// How often it was tried, and how many of those no longer count.
    pub attempts: i64,
    pub forgiven: i64,
    pub contact: Option<Id<Contact>>,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// How the call reached us.
    pub channel: Channel,
    pub newer: bool,
    /// Not before then.
    pub next_at: Timestamp,
}

/// How things stand after somebody looked at a text or tried it.
pub(super) struct Settled<'a> {
    pub standing: Standing,
    pub reason: Option<&'a str>,
    pub carrier: Option<&'a str>,
    pub attempts: i64,
    /// When it is tried again, where it waits.
    pub next_at: Timestamp,
    /// Whether the words are of no more use.
    pub forget: bool,
}

/// One attempt to have a text leave.
pub(super) struct Attempt<'a> {
    pub number: i64,
    pub carrier: &'a str,
    pub ended: &'a str,
    pub error: Option<&'a str>,
}

pub(super) fn add(tx: &mut Tx<'_>, tenant: Id<Tenant>, queued: &Queued<'_>) -> Result<(), Fault> {
    let Queued { id, ticket, contact, kind, receipt, words } = queued;
    let args = args![tenant, *id, *ticket, *contact, kind.name(), *receipt, *words, tx.now()];
    tx.put(&OUTGOING_ADD, args)?;
    Ok(())
}

/// The text, if it waits.
pub(super) fn waiting(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<Outgoing>,
) -> Result<Option<Waiting>, Fault> {
    snap.maybe(&OUTGOING_WAITING, args![tenant, id], |row| {
        let kind: String = row.get(1)?;
        let channel: String = row.get(10)?;
        Ok(Waiting {
            tenant,
            id,
            ticket: row.get(0)?,
            kind: read_kind(&kind)?,
            receipt: row.get(2)?,
            words: row.get(3)?,
            queued_at: row.get(4)?,
            attempts: row.get(5)?,
            forgiven: row.get(6)?,
            contact: row.get(7)?,
            phone: row.get(8)?,
            email: row.get(9)?,
            channel: Channel::ALL
                .into_iter()
                .find(|known| known.name() == channel)
                .ok_or_else(|| Fault::unreadable("ticket", "channel", "no such channel"))?,
            newer: row.get(11)?,
            next_at: row.get(12)?,
        })
    })
}

/// Writes how things stand, and says whether nobody had.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    waiting: &Waiting,
    settled: &Settled<'_>,
) -> Result<bool, Fault> {
    let ended_at = (settled.standing != Standing::Waiting).then(|| tx.now());
    let args = args![
        waiting.tenant,
        waiting.id,
        waiting.attempts,
        settled.standing.name(),
        settled.reason,
        settled.carrier,
        settled.attempts,
        settled.next_at,
        ended_at,
        settled.forget,
    ];
    Ok(tx.execute(&OUTGOING_SETTLE, args)? == 1)
}

pub(super) fn attempted(
    tx: &mut Tx<'_>,
    waiting: &Waiting,
    attempt: &Attempt<'_>,
) -> Result<(), Fault> {
    let Attempt { number, carrier, ended, error } = attempt;
    let args = args![waiting.tenant, waiting.id, *number, *carrier, tx.now(), *ended, *error];
    tx.put(&OUTGOING_ATTEMPT_ADD, args)?;
    Ok(())
}

/// What a text is about and how it stands, if there is one.
pub(super) fn find(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<Outgoing>,
) -> Result<Option<(Kind, Standing)>, Fault> {
    snap.maybe(&OUTGOING_FIND, args![tenant, id], |row| {
        let (kind, standing): (String, String) = (row.get(0)?, row.get(1)?);
        let known = Standing::ALL.into_iter().find(|known| known.name() == standing);
        let none = || Fault::unreadable("outgoing", "standing", "no such standing");
        Ok((read_kind(&kind)?, known.ok_or_else(none)?))
    })
}

/// Puts a text back that stood like this.
pub(super) fn replay(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<Outgoing>,
    stood: Standing,
) -> Result<(), Fault> {
    tx.put_one(&OUTGOING_REPLAY, args![tenant, id, stood.name(), tx.now()])
}

fn read_kind(name: &str) -> Result<Kind, Fault> {
    Kind::of(name).ok_or_else(|| Fault::unreadable("outgoing", "kind", "no such kind"))
}
