//! What a text may state: what its receipt says was done, and how the ticket
//! stands now. Gathered in one look, right before the text is sent.

use super::{Kind, store::Waiting};
use crate::{
    approval, audit, closeout,
    db::Snap,
    failure::{Failure, Fault},
    schedule::{self, Held},
    ticket::{self, Ticket},
};
use jiff::{Timestamp, tz::TimeZone};
use kernel::{
    audit::{Entry, Outcome},
    id::{Approval, Hold, Id, Identified, Tenant, Visit},
    money::Money,
    window::Window,
};

/// Everything that a text is written from.
pub(super) struct Facts {
    pub now: Timestamp,
    pub ticket: Ticket,
    /// Of the clocks at the site.
    pub zone: TimeZone,
    pub receipt: Receipt,
    /// What was fixed when it was queued.
    pub words: Option<String>,
    /// Whether the same was said anew since.
    pub newer: bool,
    pub hold: Option<Held>,
    /// The question of money that is open.
    pub asked: Option<Asked>,
    /// What customers are told when a call of this type is closed.
    pub closing: Option<String>,
}

/// What the entry of a command says that it did.
#[derive(Clone, Debug, Default)]
pub(super) struct Receipt {
    pub window: Option<Window>,
    pub hold: Option<Id<Hold>>,
    pub visit: Option<Id<Visit>>,
    pub approval: Option<Id<Approval>>,
}

/// An open question of money.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub id: Id<Approval>,
    pub amount: Money,
    /// Nothing if no code can be right any more.
    pub code_good_until: Option<Timestamp>,
}

impl Receipt {
    fn of(entry: &Entry) -> Self {
        let window = entry.payload.get("window").cloned();
        Self {
            window: window.and_then(|window| serde_json::from_value(window).ok()),
            hold: subject(entry),
            visit: subject(entry),
            approval: subject(entry),
        }
    }
}

/// What of this kind an entry was about.
fn subject<T: Identified>(entry: &Entry) -> Option<Id<T>> {
    entry.subjects.iter().find_map(|subject| subject.parse().ok())
}

/// Gathers. Nothing, if there is no entry that says that the command was
/// carried out on this ticket.
///
/// # Errors
/// If the database does not answer.
pub(super) fn gather(snap: &Snap<'_>, waiting: &Waiting) -> Result<Option<Facts>, Failure> {
    let (tenant, kind) = (waiting.tenant, waiting.kind);
    let Some(receipt) = receipt(snap, waiting)? else { return Ok(None) };
    let Some(ticket) = ticket::find(snap, tenant, waiting.ticket)? else {
        return Err(Fault::Other(format!("`{}` has no ticket", waiting.id)).into());
    };
    let hold = match receipt.hold {
        Some(hold) if kind == Kind::WindowHeld => Some(schedule::held(snap, tenant, hold)?),
        _ => None,
    };
    Ok(Some(Facts {
        now: snap.now(),
        zone: schedule::zone_of(snap, tenant, &ticket)?,
        receipt,
        words: waiting.words.clone(),
        newer: waiting.newer,
        hold,
        asked: if kind == Kind::ApprovalCode { asked(snap, tenant, &ticket)? } else { None },
        closing: match kind {
            Kind::TicketClosed => closeout::closing::text(snap, tenant, &ticket)?,
            _ => None,
        },
        ticket,
    }))
}

fn receipt(snap: &Snap<'_>, waiting: &Waiting) -> Result<Option<Receipt>, Fault> {
    let Some(id) = waiting.receipt else { return Ok(None) };
    let entry = audit::list::entry(snap, waiting.tenant, id)?;
    let is_ours =
        |entry: &Entry| entry.outcome == Outcome::Committed && entry.ticket == Some(waiting.ticket);
    Ok(entry.filter(is_ours).as_ref().map(Receipt::of))
}

fn asked(snap: &Snap<'_>, tenant: Id<Tenant>, ticket: &Ticket) -> Result<Option<Asked>, Fault> {
    let open = approval::open_of(snap, tenant, ticket.id)?;
    Ok(open.map(|open| Asked {
        id: open.question.id,
        amount: open.question.amount,
        code_good_until: open.code_good_until(snap.now()),
    }))
}
