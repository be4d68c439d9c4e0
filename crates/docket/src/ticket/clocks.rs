//! The clocks of a ticket: when an answer and the repair are due, and the time
//! that was not ours to lose.
//!
//! They are settled wherever a ticket is written, so that no verb can forget
//! them. A due time is worked out again with every step, from the targets of
//! the type, the hours of the tenant and all pauses so far, until the promise
//! is kept. Then it stays.

use super::{
    Standing, Ticket,
    breach::{self, Broken},
};
use crate::{
    db::{Snap, Tx, args, statements},
    directory::{incident_type, zone},
    failure::{Failure, Fault},
    tenant,
};
use jiff::Timestamp;
use kernel::{
    id::{self, Id, Tenant},
    sla::{self, Pause, WaitingFor},
    state::State,
};

statements! {
    PAUSES = "pauses.sql";
    PAUSE_BEGIN = "pause_begin.sql";
    PAUSE_END = "pause_end.sql";
}

/// How the waiting of a ticket changes with a step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turn {
    ends: bool,
    begins: Option<WaitingFor>,
    /// Promises that had passed before the step.
    broken: [Option<Broken>; 2],
}

impl Standing {
    /// Whom the work waits for while a ticket stands here.
    pub const fn waits_for(&self) -> Option<WaitingFor> {
        match self {
            Self::NeedsInfo { .. }
            | Self::ApprovalRequired { .. }
            | Self::PendingCustomerConfirmation { .. }
            // Nothing is asked of us unless the customer comes back, and then
            // what is reopened was not late while it was done.
            | Self::Verified
            | Self::Invoiced { .. }
            | Self::Closed { .. } => Some(WaitingFor::Customer),
            Self::OnHold { waiting_for, .. } => Some(*waiting_for),
            Self::New
            | Self::Triaged
            | Self::ReadyToSchedule
            | Self::ScheduleProposed { .. }
            | Self::Scheduled { .. }
            | Self::Dispatched { .. }
            | Self::InProgress { .. }
            | Self::CompletedPendingVerification { .. }
            | Self::Cancelled { .. } => None,
        }
    }
}

impl Ticket {
    /// Whether a promise about this ticket is broken. While others keep us
    /// waiting, no promise breaks.
    pub fn breached(&self, now: Timestamp) -> bool {
        let broken = |due: Option<Timestamp>, kept: Option<Timestamp>| {
            due.is_some_and(|due| sla::breached(due, kept.or(self.paused_at).unwrap_or(now)))
        };
        broken(self.response_due, self.responded_at)
            || broken(self.resolution_due, self.resolved_at)
    }

    /// The next promise that is still open.
    pub fn due(&self) -> Option<Timestamp> {
        match (self.responded_at, self.resolved_at) {
            (None, None) => self.response_due,
            (Some(_), None) => self.resolution_due,
            (_, Some(_)) => None,
        }
    }
}

/// Whether the customer has heard a time from us.
const fn is_answered(state: State) -> bool {
    match state {
        State::New
        | State::NeedsInfo
        | State::Triaged
        | State::ApprovalRequired
        | State::ReadyToSchedule
        | State::ScheduleProposed
        | State::Cancelled => false,
        State::PendingCustomerConfirmation
        | State::Scheduled
        | State::Dispatched
        | State::InProgress
        | State::OnHold
        | State::CompletedPendingVerification
        | State::Verified
        | State::Invoiced
        | State::Closed => true,
    }
}

/// Whether whoever was there says that it is done.
const fn is_done(state: State) -> bool {
    matches!(
        state,
        State::CompletedPendingVerification | State::Verified | State::Invoiced | State::Closed
    )
}

/// Asks ahead for [`settle`], which needs all this unless the step is the last.
pub(super) fn foresee(snap: &Snap<'_>, tenant: Id<Tenant>, ticket: &Ticket) {
    snap.foresee(&PAUSES, args![tenant, ticket.id]);
    tenant::foresee_settings(snap, tenant);
    if let Some((name, version)) = ticket.incident_type.as_ref().zip(ticket.type_version) {
        incident_type::foresee_at(snap, tenant, name, version);
    }
}

/// Brings the clocks of a ticket up to the step it is about to take from
/// `before`, or to its first. The answer is for [`keep`], once the row is there.
pub(super) fn settle(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: &mut Ticket,
    before: Option<State>,
) -> Result<Turn, Failure> {
    let (now, state) = (snap.now(), ticket.state());
    let mut pauses = match before {
        Some(_) => pauses(snap, tenant, ticket.id)?,
        None => Vec::new(),
    };
    let broken = ticket.broken(now);
    let turn = Turn { broken, ..turn(&mut pauses, ticket.standing.waits_for(), now) };

    let open = pauses.iter().find(|pause| pause.to.is_none());
    ticket.paused_at =
        open.filter(|pause| pause.waiting_for != WaitingFor::Us).map(|pause| pause.from);
    promise(snap, tenant, ticket, &pauses)?;
    if is_answered(state) {
        ticket.responded_at.get_or_insert(now);
    }
    if is_done(state) {
        ticket.resolved_at.get_or_insert(now);
    }
    Ok(turn)
}

/// Ends the wait there was and begins the one there is now, unless it goes on.
fn turn(pauses: &mut Vec<Pause>, waits_for: Option<WaitingFor>, now: Timestamp) -> Turn {
    let open = pauses.iter_mut().find(|pause| pause.to.is_none());
    if open.as_ref().map(|pause| pause.waiting_for) == waits_for {
        return Turn::default();
    }
    let ends = open.is_some();
    if let Some(pause) = open {
        pause.to = Some(now);
    }
    if let Some(waiting_for) = waits_for {
        pauses.push(Pause { from: now, to: None, waiting_for });
    }
    Turn { ends, begins: waits_for, ..Turn::default() }
}

/// Works out the promises that are not kept yet.
fn promise(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: &mut Ticket,
    pauses: &[Pause],
) -> Result<(), Failure> {
    let state = ticket.state();
    if !is_done(state) {
        ticket.resolved_at = None;
    }
    if state == State::Cancelled {
        // Nobody waits any more; what was kept before stays to be seen.
        ticket.response_due = ticket.response_due.filter(|_| ticket.responded_at.is_some());
        ticket.resolution_due = None;
        return Ok(());
    }
    if ticket.responded_at.is_some() && ticket.resolved_at.is_some() {
        return Ok(());
    }
    let settings = tenant::settings(snap, tenant)?;
    let zone = zone::stored(&settings.zone)?;
    let (response, resolution) = targets(snap, tenant, ticket)?;
    // A calendar without open hours promises nothing.
    let due = |minutes: u32| {
        sla::due(ticket.created_at, minutes, &settings.calendar, &zone, pauses, snap.now()).ok()
    };
    if ticket.responded_at.is_none() {
        ticket.response_due = due(response);
    }
    if ticket.resolved_at.is_none() {
        ticket.resolution_due = due(resolution);
    }
    Ok(())
}

/// The minutes until an answer and until the repair.
fn targets(snap: &Snap<'_>, tenant: Id<Tenant>, ticket: &Ticket) -> Result<(u32, u32), Failure> {
    let priority = ticket.priority;
    let Some((name, version)) = ticket.incident_type.as_ref().zip(ticket.type_version) else {
        return Ok((priority.target_minutes(), priority.target_minutes()));
    };
    let template = incident_type::at(snap, tenant, name, version)?;
    Ok((template.response_target(priority), template.resolution_target(priority)))
}

fn pauses(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<id::Ticket>,
) -> Result<Vec<Pause>, Fault> {
    snap.all(&PAUSES, args![tenant, ticket], |row| {
        let waiting_for = match row.get::<String>(2)?.as_str() {
            "customer" => WaitingFor::Customer,
            "provider" => WaitingFor::Provider,
            // The column holds one of three words.
            _ => WaitingFor::Us,
        };
        Ok(Pause { from: row.get(0)?, to: row.get(1)?, waiting_for })
    })
}

/// Writes down how the waiting changed.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    ticket: &Ticket,
    turn: Turn,
) -> Result<(), Fault> {
    for broken in turn.broken.iter().flatten() {
        breach::note(tx, tenant, broken)?;
    }
    if turn.ends {
        tx.put(&PAUSE_END, args![tenant, ticket.id, tx.now()])?;
    }
    if let Some(waiting_for) = turn.begins {
        let whom = match waiting_for {
            WaitingFor::Customer => "customer",
            WaitingFor::Provider => "provider",
            WaitingFor::Us => "us",
        };
        tx.put(&PAUSE_BEGIN, args![tenant, ticket.id, ticket.version, tx.now(), whom])?;
    }
    Ok(())
}
