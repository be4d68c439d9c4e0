//! Visits: one trip of a technician to a site.
//!
//! ```text
//!   dispatch        check-in         complete, return, unassign, …
//!   begin ────────▶ arrive ────────▶ end
//! ```
//!
//! What must stay true:
//!
//! * A technician has no two visits at the same time. There is one writer, so
//!   nobody else can book between the question and the answer.
//! * A ticket has at most one visit that has not ended; the database says so.
//! * Whoever takes a ticket out of somebody's hands ends the visit.

use crate::{
    db::{Row, Snap, Tx, args, statements},
    failure::{Failure, Fault},
    ticket::{Back, Standing, Ticket},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    hours::Span,
    id::{self, Id, Technician, Tenant},
    window::Window,
};
use serde::{Deserialize, Serialize};

statements! {
    VISIT_BEGIN = "begin.sql";
    VISIT_ARRIVE = "arrive.sql";
    VISIT_END = "end.sql";
    VISIT_IN_THE_WAY = "in_the_way.sql";
    VISIT_LOAD = "load.sql";
    VISITS_OF_TICKET = "of_ticket.sql";
    VISITS_BETWEEN = "between.sql";
}

/// One trip.
#[derive(Clone, Debug, Serialize)]
pub struct Visit {
    pub id: Id<id::Visit>,
    pub technician: Id<Technician>,
    pub window: Window,
    pub dispatched_at: Timestamp,
    pub arrived_at: Option<Timestamp>,
    pub left_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub outcome: Option<Outcome>,
    /// Why it ended, in the words of whoever ended it.
    pub reason: Option<String>,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The work was done.
    Completed,
    /// Somebody has to come again.
    Returned,
    /// Somebody else goes, or nobody.
    Unassigned,
    /// Another window is looked for.
    Rescheduled,
    Cancelled,
}

impl Outcome {
    const ALL: [Self; 5] =
        [Self::Completed, Self::Returned, Self::Unassigned, Self::Rescheduled, Self::Cancelled];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Returned => "returned",
            Self::Unassigned => "unassigned",
            Self::Rescheduled => "rescheduled",
            Self::Cancelled => "cancelled",
        }
    }

    fn read(name: &str) -> Result<Self, Fault> {
        let found = Self::ALL.into_iter().find(|outcome| outcome.name() == name);
        found.ok_or_else(|| Fault::unreadable("visit", "outcome", "no such outcome"))
    }
}

impl Visit {
    /// How many minutes the technician was on site, until `now` if they still
    /// are; a begun minute counts.
    pub fn minutes_on_site(&self, now: Timestamp) -> u32 {
        let until = self.left_at.unwrap_or(now);
        let time = self.arrived_at.map_or(SignedDuration::ZERO, |from| from.duration_until(until));
        u32::try_from(time.as_secs().saturating_add(59).div_euclid(60)).unwrap_or(0)
    }
}

/// Sends a technician. Whoever calls this has asked [`in_the_way`].
///
/// # Errors
/// If the database does not answer.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    ticket: Id<id::Ticket>,
    technician: Id<Technician>,
    window: Window,
) -> Result<Id<id::Visit>, Fault> {
    let id = tx.new_id();
    let (start, end) = (window.start(), window.end());
    tx.put(&VISIT_BEGIN, args![tenant, id, ticket, technician, start, end, tx.now()])?;
    Ok(id)
}

/// The visit for which the technician is already kept in the window.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn in_the_way(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    technician: Id<Technician>,
    window: Window,
) -> Result<Option<Id<id::Visit>>, Fault> {
    let args = args![tenant, technician, window.start(), window.end()];
    snap.maybe(&VISIT_IN_THE_WAY, args, |row| row.get(0))
}

/// Asks ahead for [`in_the_way`].
pub(crate) fn foresee_in_the_way(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    technician: Id<Technician>,
    window: Window,
) {
    let args = args![tenant, technician, window.start(), window.end()];
    snap.foresee(&VISIT_IN_THE_WAY, args);
}

/// What somebody has to do in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Load {
    pub minutes: i64,
    pub visits: i64,
}

/// What the technician has to do in a stretch of time. A visit that ended
/// without its work being done is nothing to do.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn load(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    technician: Id<Technician>,
    span: Span,
) -> Result<Load, Fault> {
    snap.one(&VISIT_LOAD, args![tenant, technician, span.start, span.end], |row| {
        let micros: i64 = row.get(1)?;
        Ok(Load { visits: row.get(0)?, minutes: micros.div_euclid(60_000_000) })
    })
}

/// Asks ahead for [`load`].
pub(crate) fn foresee_load(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    technician: Id<Technician>,
    span: Span,
) {
    snap.foresee(&VISIT_LOAD, args![tenant, technician, span.start, span.end]);
}

/// The technician is on site.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn arrive(tx: &mut Tx<'_>, tenant: Id<Tenant>, id: Id<id::Visit>) -> Result<(), Fault> {
    tx.put(&VISIT_ARRIVE, args![tenant, id, tx.now()])
}

/// Ends the visit that the ticket has, if it has one. A visit that has ended
/// stays as it is. Unless the work was done, the ticket is nobody's from now on;
/// whoever did the work still answers for it.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn end(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    ticket: &mut Ticket,
    outcome: Outcome,
) -> Result<(), Failure> {
    end_because(tx, tenant, ticket, outcome, None)
}

/// Like [`end`], and keeps why.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn end_because(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    ticket: &mut Ticket,
    outcome: Outcome,
    reason: Option<&str>,
) -> Result<(), Failure> {
    if let Some(id) = going_on(ticket) {
        tx.put(&VISIT_END, args![tenant, id, tx.now(), outcome.name(), reason])?;
    }
    if outcome != Outcome::Completed {
        ticket.technician = None;
    }
    Ok(())
}

/// The visit that the ticket's standing knows of.
pub(crate) fn going_on(ticket: &Ticket) -> Option<Id<id::Visit>> {
    match &ticket.standing {
        Standing::Dispatched { visit } => Some(*visit),
        Standing::InProgress { visit }
        | Standing::OnHold { visit, .. }
        | Standing::CompletedPendingVerification { visit }
        | Standing::ApprovalRequired { back: Back::DuringWork { visit }, .. } => *visit,
        Standing::New
        | Standing::NeedsInfo { .. }
        | Standing::Triaged
        | Standing::ApprovalRequired { back: Back::BeforeWork, .. }
        | Standing::ReadyToSchedule
        | Standing::ScheduleProposed { .. }
        | Standing::PendingCustomerConfirmation { .. }
        | Standing::Scheduled { .. }
        | Standing::Verified
        | Standing::Invoiced { .. }
        | Standing::Closed { .. }
        | Standing::Cancelled { .. } => None,
    }
}

/// A visit as the board shows it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Planned {
    #[serde(skip)]
    pub technician: Id<Technician>,
    pub id: Id<id::Visit>,
    pub ticket: Id<id::Ticket>,
    pub window: Window,
    pub arrived_at: Option<Timestamp>,
}

/// Asks ahead for [`between`].
pub(crate) fn foresee_between(snap: &Snap<'_>, tenant: Id<Tenant>, from: Timestamp, to: Timestamp) {
    snap.foresee(&VISITS_BETWEEN, args![tenant, from, to]);
}

/// The visits that keep their technicians in a stretch of time, in order.
///
/// # Errors
/// If the database does not answer or a row cannot be read.
pub(crate) fn between(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Planned>, Fault> {
    snap.all(&VISITS_BETWEEN, args![tenant, from, to], |row| {
        let window = Window::new(row.get(3)?, row.get(4)?);
        Ok(Planned {
            technician: row.get(0)?,
            id: row.get(1)?,
            ticket: row.get(2)?,
            window: window.map_err(|cause| Fault::unreadable("visit", "window", cause))?,
            arrived_at: row.get(5)?,
        })
    })
}

/// Asks ahead for [`of_ticket`].
pub(crate) fn foresee_of_ticket(snap: &Snap<'_>, tenant: Id<Tenant>, ticket: Id<id::Ticket>) {
    snap.foresee(&VISITS_OF_TICKET, args![tenant, ticket]);
}

/// The visits of a ticket in the order they were sent.
///
/// # Errors
/// If the database does not answer or a row cannot be read.
pub(crate) fn of_ticket(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<id::Ticket>,
) -> Result<Vec<Visit>, Fault> {
    snap.all(&VISITS_OF_TICKET, args![tenant, ticket], visit)
}

fn visit(row: &Row<'_>) -> Result<Visit, Fault> {
    let window = Window::new(row.get(2)?, row.get(3)?);
    let outcome: Option<String> = row.get(8)?;
    Ok(Visit {
        id: row.get(0)?,
        technician: row.get(1)?,
        window: window.map_err(|cause| Fault::unreadable("visit", "window", cause))?,
        dispatched_at: row.get(4)?,
        arrived_at: row.get(5)?,
        left_at: row.get(6)?,
        ended_at: row.get(7)?,
        outcome: outcome.as_deref().map(Outcome::read).transpose()?,
        reason: row.get(9)?,
    })
}
