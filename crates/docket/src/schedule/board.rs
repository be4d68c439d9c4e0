//! The board: what waits, by what is due, and who goes where.

use super::moment;
use crate::{
    db::Snap,
    directory::{technician, zone},
    door::{Look, Looked, Sight},
    failure::Failure,
    page::{Limit, Page},
    tenant,
    ticket::{
        Claim, Ticket,
        actions::{self, Actions},
        list::{self, Cursor, List, Scope, Wanted},
        view::{self, TicketView},
    },
    visit::{self, Planned},
};
use jiff::SignedDuration;
use kernel::{
    hours::Span,
    id::{Id, Technician},
    refusal::{Code, Refusal},
    state::State,
    window::{Moment, Window},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Read what waits, by what is due, and who goes where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// From when to show visits; now without it. A time without an offset is on
    /// the clocks of the tenant.
    pub from: Option<Moment>,
    /// Until when; a day later without it, and at most 31.
    pub to: Option<Moment>,
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the queue of the board before.
    pub after: Option<Cursor>,
}

#[derive(Debug, Serialize)]
struct Shown<'a> {
    shown: Window,
    queue: Page<Card<'a>, Cursor>,
    technicians: Vec<Row>,
}

/// A ticket that waits for somebody to plan it, or to plan around it.
#[derive(Debug, Serialize)]
struct Card<'a> {
    #[serde(flatten)]
    ticket: TicketView<'a>,
    actions: Actions,
}

/// One technician's part of the time shown.
#[derive(Debug, Serialize)]
struct Row {
    id: Id<Technician>,
    name: String,
    visits: Vec<Planned>,
    absences: Vec<Span>,
}

/// Where somebody at the desk has something to do or to wait for.
const WAITING: &[State] = &[
    State::New,
    State::NeedsInfo,
    State::Triaged,
    State::ApprovalRequired,
    State::ReadyToSchedule,
    State::ScheduleProposed,
    State::PendingCustomerConfirmation,
    State::Scheduled,
    State::OnHold,
];

impl Look for Board {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        technician::foresee_all_active(snap, sight.caller.tenant);
        let shown = self.shown(snap, sight)?;
        let technicians = technicians(snap, sight, shown)?;
        let only = List::default();
        let wanted = Wanted { scope: Scope::ALL, only: &only, states: Some(WAITING) };
        let found = list::by_due(snap, sight.caller, &wanted, self.after, self.limit)?;
        let cards = found.items.iter().map(|ticket| card(snap, sight, ticket));
        let cards = cards.collect::<Result<_, _>>()?;
        let queue = Page { items: cards, next: found.next };
        Looked::new(&Shown { shown, queue, technicians: rows(snap, sight, shown, technicians)? })
    }
}

impl Board {
    fn shown(&self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Window, Failure> {
        let zone = zone::stored(&tenant::settings(snap, sight.caller.tenant)?.zone)?;
        let from = match self.from {
            Some(from) => moment(from, &zone, "from")?,
            None => snap.now(),
        };
        let to = match self.to {
            Some(to) => moment(to, &zone, "to")?,
            None => from.checked_add(SignedDuration::from_hours(24)).unwrap_or(from),
        };
        let shown = Window::new(from, to);
        let wrong = |bad: kernel::window::BadWindow| {
            Refusal::new(Code::WindowMalformed, bad.to_string()).at("to")
        };
        Ok(shown.map_err(wrong)?)
    }
}

fn card<'a>(snap: &Snap<'_>, sight: &Sight<'_>, ticket: &'a Ticket) -> Result<Card<'a>, Failure> {
    // Nobody who sees the board has tickets assigned to them.
    let actions = actions::of(sight.caller, ticket, &Claim::default())?;
    Ok(Card { ticket: view::brief(sight.caller, ticket, snap.now()), actions })
}

/// Everybody who works here, once it is asked ahead what they do and when they
/// are away.
fn technicians(
    snap: &Snap<'_>,
    sight: &Sight<'_>,
    shown: Window,
) -> Result<Vec<technician::Technician>, Failure> {
    let (tenant, from, to) = (sight.caller.tenant, shown.start(), shown.end());
    let technicians = technician::all_active(snap, tenant)?;
    visit::foresee_between(snap, tenant, from, to);
    for technician in &technicians {
        technician::foresee_absences(snap, tenant, technician.id, from, to);
    }
    Ok(technicians)
}

fn rows(
    snap: &Snap<'_>,
    sight: &Sight<'_>,
    shown: Window,
    technicians: Vec<technician::Technician>,
) -> Result<Vec<Row>, Failure> {
    let tenant = sight.caller.tenant;
    let (from, to) = (shown.start(), shown.end());
    let mut visits = visit::between(snap, tenant, from, to)?;
    let mut rows = Vec::new();
    for technician in technicians {
        let (theirs, others) =
            visits.into_iter().partition(|visit| visit.technician == technician.id);
        visits = others;
        rows.push(Row {
            id: technician.id,
            name: technician.name,
            visits: theirs,
            absences: technician::absences(snap, tenant, technician.id, from, to)?,
        });
    }
    Ok(rows)
}
