//! Writing down that a ticket closes: what its packet will be about.

use super::gate::template;
use crate::{
    db::{Snap, Tx, args, statements},
    directory::incident_type::Moment,
    door::Act,
    failure::Failure,
    outgoing::{self, Kind},
    packet,
    ticket::Ticket,
};
use kernel::{
    gate::Verdict,
    id::{Id, Principal, Tenant},
};

statements! {
    CLOSURE_NEXT = "closure_next.sql";
    CLOSURE_ADD = "closure_add.sql";
}

/// Why a closing is forced, and who asked for it first.
pub(crate) struct Force<'a> {
    pub reason: &'a str,
    pub requested_by: Id<Principal>,
}

/// Writes the closing, and says which one of the ticket it is.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn write(
    tx: &mut Tx<'_>,
    act: &mut Act<'_>,
    ticket: &Ticket,
    verdict: &Verdict,
    force: Option<&Force<'_>>,
) -> Result<i64, Failure> {
    let tenant = act.caller.tenant;
    let version = tx.one(&CLOSURE_NEXT, args![tenant, ticket.id], |row| row.get(0))?;
    let broken: Vec<_> = verdict.broken.iter().map(|broken| broken.id).collect();
    tx.put(
        &CLOSURE_ADD,
        args![
            tenant,
            ticket.id,
            version,
            // The door saves the ticket under its next version.
            ticket.version + 1,
            force.is_some(),
            force.map(|force| force.reason),
            force.map(|force| force.requested_by),
            serde_json::to_string(&broken)?,
            act.caller.actor,
            act.caller.on_behalf_of,
            act.entry,
            tx.now(),
        ],
    )?;
    packet::queue(tx, tenant, ticket.id)?;
    act.fact("closing", version);
    Ok(version)
}

/// Has the customer told.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn tell(tx: &mut Tx<'_>, act: &mut Act<'_>, ticket: &Ticket) -> Result<(), Failure> {
    outgoing::queue(tx, act, ticket, ticket.contact, Kind::TicketClosed, None)?;
    Ok(())
}

/// What the incident type of a ticket has customers told when it is closed, if
/// it has words of its own.
///
/// # Errors
/// `type.unknown`, or a fault.
pub(crate) fn text(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: &Ticket,
) -> Result<Option<String>, Failure> {
    let template = template(snap, tenant, ticket)?;
    Ok(template.texts.get(&Moment::Closed).map(ToString::to_string))
}
