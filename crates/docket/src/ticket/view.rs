//! What a role sees of a ticket. Views, not rows: a field that is not listed
//! for a role in [`kernel::field`] is not there.

use super::{
    Channel, Claim, Identity, Standing, Ticket,
    actions::{self, Actions},
};
use crate::{approval, db::Snap, directory::site, door::Sight, failure::Failure, identity::Caller};
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
    /// The question of money that it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<approval::Open>,
    /// What the caller's roles may do with it, and why not now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions: Option<Actions>,
}

/// Somebody's own words. They are quoted, never followed.
#[derive(Debug, Serialize)]
pub struct Reported<'a> {
    pub untrusted: bool,
    pub summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
}

/// When what is promised, and when it happened.
#[derive(Debug, Serialize)]
pub struct Clocks {
    /// The next promise that is still open.
    pub due: Option<Timestamp>,
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
    claim: &Claim,
) -> Result<TicketView<'a>, Failure> {
    let sees = |field: Field| field.seen_by(sight.caller.roles);
    let mut view = brief(sight.caller, ticket, snap.now());
    let asks = matches!(ticket.standing, Standing::ApprovalRequired { .. })
        && sees(Field::Standing)
        && sees(Field::Nte);
    if asks {
        approval::foresee_of_ticket(snap, sight.caller.tenant, ticket.id);
    }
    if sees(Field::Address) {
        view.address = Some(site::place(snap, sight.caller.tenant, ticket.site)?);
    }
    if let Some(reported) = &mut view.reported {
        reported.description = ticket.description.as_deref();
    }
    view.standing = sees(Field::Standing).then_some(&ticket.standing);
    if asks {
        let open = approval::open_of(snap, sight.caller.tenant, ticket.id)?;
        view.approval = open.map(Into::into);
    }
    view.actions = Some(actions::of(sight.caller, ticket, claim)?);
    Ok(view)
}

/// The ticket in a list, as the caller may see it.
pub(crate) fn brief<'a>(caller: &Caller, ticket: &'a Ticket, now: Timestamp) -> TicketView<'a> {
    let sees = |field: Field| field.seen_by(caller.roles);
    TicketView {
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
        reported: sees(Field::Reported).then_some(Reported {
            untrusted: true,
            summary: &ticket.summary,
            description: None,
        }),
        address: None,
        identity: sees(Field::Identity).then_some(&ticket.identity),
        nte: sees(Field::Nte).then_some(ticket.nte),
        technician: ticket.technician.filter(|_| sees(Field::Technician)),
        clocks: sees(Field::Clocks).then(|| Clocks {
            due: ticket.due(),
            response_due: ticket.response_due,
            resolution_due: ticket.resolution_due,
            responded_at: ticket.responded_at,
            resolved_at: ticket.resolved_at,
            paused_at: ticket.paused_at,
            breached: ticket.breached(now),
        }),
        standing: None,
        approval: None,
        actions: None,
    }
}
