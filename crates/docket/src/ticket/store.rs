//! Rows to tickets and back; the only code that names the SQL of tickets.

use super::{
    Claim, Ticket,
    clocks::{self, Turn},
};
use crate::{
    db::{Row, Snap, Tx, args, statements},
    door::Act,
    failure::{Failure, Fault},
    identity::Caller,
    schedule,
};
use jiff::Timestamp;
use kernel::{
    id::{self, Id, Tenant},
    money::Money,
    refusal::{Code, Refusal},
    role::{Role, Roles},
    sla::Priority,
    state::State,
    window::Window,
};
use serde::Deserialize;

statements! {
    TICKET_FIND = "find.sql" by 2;
    TICKET_OPEN = "open.sql" by 2;
    TICKET_SAVE = "save.sql" by 2;
    TRANSITION_ADD = "transition_add.sql" by 2;
    IS_CONTACT = "is_contact.sql";
    IS_TECHNICIAN = "is_technician.sql";
}

/// Roles that work for the tenant and may see any of its tickets.
const STAFF: Roles = Roles::of(&[
    Role::Dispatcher,
    Role::Technician,
    Role::Qa,
    Role::Approver,
    Role::Finance,
    Role::Admin,
    Role::Auditor,
    Role::AgentIntake,
    Role::AgentScheduling,
    Role::AgentLiaison,
    Role::AgentCloseout,
]);

/// The ticket, whoever asks.
pub(crate) fn find(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Ticket>,
) -> Result<Option<Ticket>, Fault> {
    snap.maybe(&TICKET_FIND, args![tenant, id], ticket)
}

/// The ticket as whoever was before us on it has left it. It is ours to the end.
pub(crate) fn in_turn(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Ticket>,
) -> Result<Option<Ticket>, Fault> {
    tx.lock("ticket", id);
    let ticket = find(tx, tenant, id)?;
    if let Some(ticket) = &ticket {
        tx.follow(ticket.updated_at);
    }
    Ok(ticket)
}

/// The ticket, if the caller may see it.
///
/// # Errors
/// `ticket.not_found`, whether there is none or it is somebody else's.
pub(crate) fn seen(
    snap: &Snap<'_>,
    caller: &Caller,
    id: Id<id::Ticket>,
) -> Result<Ticket, Failure> {
    foresee_claims(snap, caller, id);
    if_seen(snap, caller, find(snap, caller.tenant, id)?.ok_or_else(|| none(id))?)
}

/// The ticket in our turn, if the caller may see it.
///
/// # Errors
/// See [`seen`].
pub(crate) fn seen_in_turn(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: Id<id::Ticket>,
) -> Result<Ticket, Failure> {
    foresee_claims(tx, caller, id);
    let ticket = in_turn(tx, caller.tenant, id)?.ok_or_else(|| none(id))?;
    if_seen(tx, caller, ticket)
}

/// Takes the lock of [`seen_in_turn`], and asks ahead for what it asks.
pub(crate) fn foresee_in_turn(tx: &mut Tx<'_>, caller: &Caller, id: Id<id::Ticket>) {
    tx.lock("ticket", id);
    tx.foresee(&TICKET_FIND, args![caller.tenant, id]);
    foresee_claims(tx, caller, id);
}

fn if_seen(snap: &Snap<'_>, caller: &Caller, ticket: Ticket) -> Result<Ticket, Failure> {
    let seen = is_staff(caller) || is_contact(snap, caller, ticket.id)?;
    if seen { Ok(ticket) } else { Err(none(ticket.id)) }
}

/// Asks ahead for what the caller has to do with a ticket.
fn foresee_claims(snap: &Snap<'_>, caller: &Caller, id: Id<id::Ticket>) {
    let args = args![caller.tenant, id, caller.subject()];
    if !is_staff(caller) {
        snap.foresee(&IS_CONTACT, args);
    }
    if may_be_assigned(caller) {
        snap.foresee(&IS_TECHNICIAN, args);
    }
}

fn is_staff(caller: &Caller) -> bool {
    !caller.roles.intersection(STAFF).is_empty()
}

fn may_be_assigned(caller: &Caller) -> bool {
    let fields = Roles::of(&[Role::Technician, Role::AgentLiaison]);
    !caller.roles.intersection(fields).is_empty()
}

fn none(id: Id<id::Ticket>) -> Failure {
    Refusal::new(Code::TicketNotFound, format!("there is no ticket `{id}`")).into()
}

fn is_contact(snap: &Snap<'_>, caller: &Caller, id: Id<id::Ticket>) -> Result<bool, Fault> {
    let args = args![caller.tenant, id, caller.subject()];
    Ok(snap.maybe(&IS_CONTACT, args, |_| Ok(()))?.is_some())
}

/// What the caller has to do with the ticket.
pub(crate) fn claim(snap: &Snap<'_>, caller: &Caller, ticket: &Ticket) -> Result<Claim, Fault> {
    if ticket.technician.is_none() || !may_be_assigned(caller) {
        return Ok(Claim::default());
    }
    let args = args![caller.tenant, ticket.id, caller.subject()];
    let assigned = snap.maybe(&IS_TECHNICIAN, args, |_| Ok(()))?.is_some();
    Ok(Claim { assigned })
}

/// Writes a ticket that is new, and the step that made it.
pub(crate) fn open(tx: &mut Tx<'_>, act: &Act<'_>, ticket: &mut Ticket) -> Result<(), Failure> {
    let turn = clocks::settle(tx, act.caller.tenant, ticket, None)?;
    let (start, end) = window(ticket);
    tx.put(
        &TICKET_OPEN,
        args![
            act.caller.tenant,
            ticket.id,
            ticket.version,
            ticket.account,
            ticket.site,
            ticket.contact,
            ticket.asset,
            ticket.state().name(),
            serde_json::to_string(&ticket.standing)?,
            priority_name(ticket.priority),
            ticket.incident_type.as_ref(),
            ticket.type_version,
            &ticket.summary,
            ticket.description.as_ref(),
            ticket.channel.name(),
            serde_json::to_string(&ticket.identity)?,
            ticket.nte.minor,
            ticket.nte.currency.code(),
            ticket.technician,
            start,
            end,
            ticket.response_due,
            ticket.resolution_due,
            ticket.responded_at,
            ticket.resolved_at,
            ticket.created_at,
            ticket.updated_at,
            ticket.paused_at,
            due_at(ticket),
        ],
    )?;
    clocks::keep(tx, act.caller.tenant, ticket, turn)?;
    step(tx, act, ticket, None)
}

/// Asks ahead for [`save`].
pub(crate) fn foresee_save(snap: &Snap<'_>, act: &Act<'_>, ticket: &Ticket) {
    if !act.tool.to().is_empty() {
        clocks::foresee(snap, act.caller.tenant, ticket);
    }
}

/// Writes a ticket back under its next version, and the step if it took one.
pub(crate) fn save(
    tx: &mut Tx<'_>,
    act: &Act<'_>,
    ticket: &mut Ticket,
    before: State,
) -> Result<(), Failure> {
    // A command that leaves a ticket where it stands leaves its clocks alone.
    let turn = if act.tool.to().is_empty() {
        Turn::default()
    } else {
        clocks::settle(tx, act.caller.tenant, ticket, Some(before))?
    };
    let (start, end) = window(ticket);
    ticket.updated_at = tx.now();
    tx.put_one(
        &TICKET_SAVE,
        args![
            act.caller.tenant,
            ticket.id,
            ticket.version,
            ticket.contact,
            ticket.asset,
            ticket.state().name(),
            serde_json::to_string(&ticket.standing)?,
            priority_name(ticket.priority),
            ticket.incident_type.as_ref(),
            ticket.type_version,
            serde_json::to_string(&ticket.identity)?,
            ticket.nte.minor,
            ticket.technician,
            start,
            end,
            ticket.response_due,
            ticket.resolution_due,
            ticket.responded_at,
            ticket.resolved_at,
            ticket.updated_at,
            ticket.paused_at,
            due_at(ticket),
            ticket.description.as_ref(),
        ],
    )?;
    ticket.version += 1;
    clocks::keep(tx, act.caller.tenant, ticket, turn)?;
    if before == State::PendingCustomerConfirmation && ticket.state() != before {
        schedule::end_holds(tx, act.caller.tenant, ticket.id)?;
    }
    let led = act.tool.contract().leads(before, ticket.state());
    if !led && before != ticket.state() {
        let (tool, after) = (act.tool, ticket.state());
        let detail = format!("`{tool}` moved a ticket from {before} to {after}");
        return Err(Fault::Other(detail).into());
    }
    // Offering other windows is a step too, though it leads to the same state.
    // Asking for a second voice is not: the ticket waits where it stands.
    if led { step(tx, act, ticket, Some(before)) } else { Ok(()) }
}

fn step(
    tx: &mut Tx<'_>,
    act: &Act<'_>,
    ticket: &Ticket,
    before: Option<State>,
) -> Result<(), Failure> {
    tx.put(
        &TRANSITION_ADD,
        args![
            act.caller.tenant,
            ticket.id,
            ticket.version,
            before.map_or("", State::name),
            ticket.state().name(),
            act.tool.name(),
            act.caller.actor,
            act.caller.on_behalf_of,
            act.entry,
            tx.now(),
        ],
    )?;
    Ok(())
}

fn window(ticket: &Ticket) -> (Option<Timestamp>, Option<Timestamp>) {
    (ticket.window.map(|window| window.start()), ticket.window.map(|window| window.end()))
}

/// When the next promise is due, as the queue sorts by it.
pub(super) fn due_at(ticket: &Ticket) -> i64 {
    ticket.due().map_or(i64::MAX, Timestamp::as_microsecond)
}

/// Reads a row of the columns in the order of `find.sql`.
pub(super) fn ticket(row: &Row<'_>) -> Result<Ticket, Fault> {
    let start: Option<Timestamp> = row.get(18)?;
    let end: Option<Timestamp> = row.get(19)?;
    Ok(Ticket {
        id: row.get(0)?,
        version: row.get(1)?,
        account: row.get(2)?,
        site: row.get(3)?,
        contact: row.get(4)?,
        asset: row.get(5)?,
        standing: row.json(6)?,
        priority: word(row, 7)?,
        incident_type: row.get(8)?,
        type_version: row.get(9)?,
        summary: row.get(10)?,
        description: row.get(11)?,
        channel: word(row, 12)?,
        identity: row.json(13)?,
        nte: Money::new(row.get(14)?, word(row, 15)?),
        technician: row.get(16)?,
        window: window_of(start.zip(end))?,
        response_due: row.get(20)?,
        resolution_due: row.get(21)?,
        responded_at: row.get(22)?,
        resolved_at: row.get(23)?,
        created_at: row.get(24)?,
        updated_at: row.get(25)?,
        paused_at: row.get(26)?,
    })
}

fn window_of(ends: Option<(Timestamp, Timestamp)>) -> Result<Option<Window>, Fault> {
    let window = ends.map(|(start, end)| Window::new(start, end)).transpose();
    window.map_err(|cause| Fault::unreadable("ticket", "window", cause))
}

/// A priority, as its column holds it.
pub(super) fn priority_name(priority: Priority) -> &'static str {
    match priority {
        Priority::Emergency => "emergency",
        Priority::Urgent => "urgent",
        Priority::Routine => "routine",
    }
}

/// Reads a column that holds the name of one of a few things.
fn word<T: for<'de> Deserialize<'de>>(row: &Row<'_>, at: usize) -> Result<T, Fault> {
    let text: String = row.get(at)?;
    T::deserialize(serde::de::value::StringDeserializer::<serde::de::value::Error>::new(text))
        .map_err(|cause| Fault::unreadable("ticket", "word", cause))
}
