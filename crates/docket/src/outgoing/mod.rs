//! What waits to leave: texts to customers, written in the transaction of what
//! they are about and delivered by the sweep.
//!
//! What must stay true:
//!
//! * A text goes to a contact on file, or to whoever made the call. Nobody can
//!   name another address.
//! * It is delivered at least once, under one key, so that a second delivery
//!   replaces the first.
//! * A text that nobody may read twice is gone from here once it has left.

mod deliver;

pub(crate) use deliver::deliver;

use crate::{
    db::{Tx, args, statements},
    door::Act,
    failure::Failure,
    message::{self, Direction, Message},
    ticket::Ticket,
};
use kernel::id::{Contact, Id, Outgoing};

statements! {
    OUTGOING_ADD = "add.sql";
}

/// What a text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    InfoRequested,
    WindowHeld,
    VisitConfirmed,
    VisitMoved,
    TechnicianDispatched,
    ApprovalAsked,
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
        Self::TechnicianDispatched,
        Self::ApprovalAsked,
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
            Self::TechnicianDispatched => "technician_dispatched",
            Self::ApprovalAsked => "approval_asked",
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

/// Has a contact told something about a ticket; nobody means whoever made the call.
///
/// The text is also kept as a message of the ticket, unless it is secret. The
/// row of the ticket has to be there: a verb that makes one opens it first.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn queue(
    tx: &mut Tx<'_>,
    act: &mut Act<'_>,
    ticket: &Ticket,
    contact: Option<Id<Contact>>,
    kind: Kind,
    body: &str,
) -> Result<Id<Outgoing>, Failure> {
    let id: Id<Outgoing> = tx.new_id();
    let args = args![act.caller.tenant, id, ticket.id, contact, kind.name(), body, tx.now()];
    tx.execute(&OUTGOING_ADD, args)?;
    if !kind.is_secret() {
        let message = Message {
            ticket: ticket.id,
            direction: Direction::Out,
            channel: ticket.channel,
            external: None,
            contact,
            raw: body,
        };
        message::keep(tx, act, &message)?;
    }
    act.subject(id);
    Ok(id)
}
