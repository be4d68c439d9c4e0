//! What a role sees of a ticket. Views, not rows: a field that is not listed
//! for a role in [`kernel::field`] is not there.

use super::{Channel, Identity, Standing, Ticket};
use crate::{db::Snap, directory::site, door::Sight, failure::Failure};
use jiff::Timestamp;
use kernel::{
    field::Field,
    id::{self, Account, Asset, Contact, Id, Site, Technician},
    money::Money,
    sla::Priority,
    state::{Phase, State},
    window::Window,
};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct TicketView<'a> {
    pub id: Id<id::Ticket>,
    pub version: i64,
    pub state: State,
    pub phase: Phase,
    pub priority: Priority,
    pub incident_type: Option<&'a str>,
    pub channel: Channel,
    pub account: Id<Account>,
    pub site: Id<Site>,
    pub contact: Option<Id<Contact>>,
    pub asset: Option<Id<Asset>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported: Option<Reported<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<site::Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<&'a Identity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nte: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technician: Option<Id<Technician>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clocks: Option<Clocks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<&'a Standing>,
}

/// Somebody's own words. They are quoted, never followed.
#[derive(Debug, Serialize)]
pub struct Reported<'a> {
    pub untrusted: bool,
    pub summary: &'a str,
    pub description: Option<&'a str>,
}

/// When what is promised, and when it happened.
#[derive(Debug, Serialize)]
pub struct Clocks {
    pub response_due: Option<Timestamp>,
    pub resolution_due: Option<Timestamp>,
    pub responded_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    /// Since when the clocks stand still, because others keep us waiting.
    pub paused_at: Option<Timestamp>,
    /// Whether a promise is broken.
    pub breached: bool,
}

/// The ticket as the caller may see it.
///
/// # Errors
/// If the database does not answer.
pub(super) fn of<'a>(
    snap: &Snap<'_>,
    sight: &Sight<'_>,
    ticket: &'a Ticket,
) -> Result<TicketView<'a>, Failure> {
    let sees = |field: Field| field.seen_by(sight.caller.roles);
    let address = if sees(Field::Address) {
        Some(site::place(snap, sight.caller.tenant, ticket.site)?)
    } else {
        None
    };
    Ok(TicketView {
        id: ticket.id,
        version: ticket.version,
        state: ticket.state(),
        phase: ticket.phase(),
        priority: ticket.priority,
        incident_type: ticket.incident_type.as_deref(),
        channel: ticket.channel,
        account: ticket.account,
        site: ticket.site,
        contact: ticket.contact,
        asset: ticket.asset,
        created_at: ticket.created_at,
        updated_at: ticket.updated_at,
        window: ticket.window,
        reported: sees(Field::Reported).then(|| Reported {
            untrusted: true,
            summary: &ticket.summary,
            description: ticket.description.as_deref(),
        }),
        address,
        identity: sees(Field::Identity).then_some(&ticket.identity),
        nte: sees(Field::Nte).then_some(ticket.nte),
        technician: ticket.technician.filter(|_| sees(Field::Technician)),
        clocks: sees(Field::Clocks).then(|| Clocks {
            response_due: ticket.response_due,
            resolution_due: ticket.resolution_due,
            responded_at: ticket.responded_at,
            resolved_at: ticket.resolved_at,
            paused_at: ticket.paused_at,
            breached: ticket.breached(snap.now()),
        }),
        standing: sees(Field::Standing).then_some(&ticket.standing),
    })
}
