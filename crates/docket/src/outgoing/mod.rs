//! The outbox: what the customer is to be told, queued in the transaction of
//! what it is about, written when it is sent.
//!
//! ```text
//!   queue ──▶ waiting ──▶ delivered
//!               │  ▲ └──▶ superseded, no_address, no_carrier
//!   it failed,  │  │
//!   try again   └──┴────▶ dead ──▶ waiting again, by outbox.replay
//! ```
//!
//! What must stay true:
//!
//! * A text goes to a contact on file, or to whoever made the call. Nobody can
//!   name another address.
//! * It states what its receipt and the ticket say at the moment it is sent.
//!   What is no longer so by then is not said at all.
//! * It is delivered at least once, under one key, so that a second delivery
//!   can be recognised.
//! * How each attempt ended can be read, and holds no address and no text.
//! * A text that nobody may read twice is gone from here once it has ended.
//!
//! Start with [`deliver`].

pub mod carrier;
mod deliver;
mod facts;
pub mod list;
mod next;
mod render;
pub mod replay;
mod store;

pub use carrier::Carriers;
#[cfg(test)]
pub(crate) use deliver::deliver_one;
pub(crate) use deliver::{DELIVER, deliver};

use crate::{db::Tx, door::Act, failure::Failure, ticket::Ticket};
use kernel::id::{Contact, Id, Outgoing};

/// What a text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    InfoRequested,
    WindowHeld,
    VisitConfirmed,
    VisitMoved,
    VisitAgain,
    TechnicianDispatched,
    ApprovalCode,
    TicketClosed,
    TicketCancelled,
}

impl Kind {
    pub const ALL: &[Self] = &[
        Self::InfoRequested,
        Self::WindowHeld,
        Self::VisitConfirmed,
        Self::VisitMoved,
        Self::VisitAgain,
        Self::TechnicianDispatched,
        Self::ApprovalCode,
        Self::TicketClosed,
        Self::TicketCancelled,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::InfoRequested => "info_requested",
            Self::WindowHeld => "window_held",
            Self::VisitConfirmed => "visit_confirmed",
            Self::VisitMoved => "visit_moved",
            Self::VisitAgain => "visit_again",
            Self::TechnicianDispatched => "technician_dispatched",
            Self::ApprovalCode => "approval_code",
            Self::TicketClosed => "ticket_closed",
            Self::TicketCancelled => "ticket_cancelled",
        }
    }

    /// Whether only the one it is sent to may ever read it.
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::ApprovalCode)
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// Has a contact told something about a ticket; nobody means whoever made the
/// call. What the text says is found out when it is sent, from the entry that
/// this command leaves and from the ticket; `words` are what only this command
/// knows: a secret, or somebody's own words.
///
/// The row of the ticket has to be there: a verb that makes one opens it first.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn queue(
    tx: &mut Tx<'_>,
    act: &mut Act<'_>,
    ticket: &Ticket,
    contact: Option<Id<Contact>>,
    kind: Kind,
    words: Option<&str>,
) -> Result<Id<Outgoing>, Failure> {
    let id: Id<Outgoing> = tx.new_id();
    let queued = store::Queued { id, ticket: ticket.id, contact, kind, receipt: act.entry, words };
    store::add(tx, act.caller.tenant, &queued)?;
    deliver::queue(tx, act.caller.tenant, id)?;
    act.subject(id);
    Ok(id)
}

#[cfg(test)]
mod tests;
