//! What a packet says, and gathering it.

use super::store::{Closing, Forced};
use crate::{
    approval,
    closeout::{self, Exception, Item, work},
    db::{Snap, args, statements},
    directory::site,
    evidence,
    failure::{Failure, Fault},
    invoice,
    qa::{self, Verification},
    ticket, visit,
};
use jiff::Timestamp;
use kernel::{
    canonical::Digest,
    gate::Required,
    id::{self, Account, Contact, Entry, Evidence, Id, Principal, Site, Technician, Tenant},
    key::Key,
    money::Money,
    sla::Priority,
    state::State,
    tool::Tool,
    window::Window,
};
use serde::{Deserialize, Serialize};

statements! {
    STEPS = "steps.sql";
}

/// How a ticket was closed, once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packet {
    /// The version of this form.
    pub v: u8,
    pub tenant: Id<Tenant>,
    pub ticket: Id<id::Ticket>,
    /// Which closing of the ticket, counted from 1.
    pub version: i64,
    /// The packet of the closing before, which stays what it was.
    pub previous: Option<Digest>,
    pub closed_at: Timestamp,
    pub incident_type: Option<String>,
    pub type_version: Option<i64>,
    pub priority: Priority,
    pub parties: Parties,
    pub window: Option<Window>,
    pub visits: Vec<Visit>,
    pub timeline: Vec<Step>,
    /// What the incident type asked for.
    pub required: Required,
    pub evidence: Vec<Piece>,
    pub checklist: Vec<Item>,
    pub no_signature_reason: Option<String>,
    pub exceptions: Vec<Exception>,
    pub verifications: Vec<Verification>,
    pub labor: Vec<Labor>,
    pub parts: Vec<Part>,
    pub changes: Vec<Change>,
    /// Why the closing was forced, if it was.
    pub forced: Option<Forcing>,
    /// Not to exceed, with every approved change.
    pub limit: Money,
    pub invoice: Option<invoice::Summary>,
    /// The audit entry of every step. The log proves that it holds each.
    pub receipts: Vec<Id<Entry>>,
}

/// Everybody the work was for, by id. No name but the site's, no way to reach anyone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parties {
    pub account: Id<Account>,
    pub site: Id<Site>,
    pub site_name: String,
    /// The IANA time zone of the site.
    pub site_zone: String,
    pub contact: Option<Id<Contact>>,
}

/// One trip of a technician.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    pub id: Id<id::Visit>,
    pub technician: Id<Technician>,
    pub window: Window,
    pub dispatched_at: Timestamp,
    pub arrived_at: Option<Timestamp>,
    pub left_at: Option<Timestamp>,
    pub outcome: Option<visit::Outcome>,
}

/// One step of the ticket, by whom, and the audit entry of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The version of the ticket after the step.
    pub version: i64,
    /// Nothing where the ticket begins.
    pub from: Option<State>,
    pub to: State,
    pub tool: Tool,
    pub actor: Option<Id<Principal>>,
    pub on_behalf_of: Option<Id<Principal>>,
    pub entry: Id<Entry>,
    pub at: Timestamp,
}

/// One piece of evidence.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    pub id: Id<Evidence>,
    pub key: Key,
    /// SHA-256 of the bytes.
    pub digest: Digest,
    pub size: i64,
    pub media_type: String,
    pub by: Id<Principal>,
    pub on_behalf_of: Option<Id<Principal>>,
    pub at: Timestamp,
    /// Its bytes were read again when the ticket closed, and had this digest.
    pub held: bool,
}

/// Time that somebody worked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labor {
    pub id: Id<id::Labor>,
    pub technician: Option<Id<Technician>>,
    pub kind: Key,
    pub minutes: u32,
    /// The price of an hour.
    pub rate: Money,
    pub logged_by: Id<Principal>,
    pub logged_at: Timestamp,
}

/// Material that somebody used.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub id: Id<id::Part>,
    pub description: String,
    pub number: Option<String>,
    pub quantity: u32,
    pub logged_by: Id<Principal>,
    pub logged_at: Timestamp,
}

/// A question of money and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    pub approval: Id<id::Approval>,
    pub amount: Money,
    pub requested_by: Id<Principal>,
    pub requested_on_behalf_of: Option<Id<Principal>>,
    pub requested_at: Timestamp,
    /// `open`, `approved` or `denied`.
    pub status: String,
    pub decided_by: Option<Id<Principal>>,
    pub decided_on_behalf_of: Option<Id<Principal>>,
    pub decided_at: Option<Timestamp>,
}

/// A closing without verification, and the two who wanted it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forcing {
    pub reason: String,
    pub requested_by: Id<Principal>,
    pub confirmed_by: Id<Principal>,
}

/// Gathers what the packet of a closing says.
///
/// # Errors
/// A fault, if a row cannot be read.
pub(super) fn of(snap: &Snap<'_>, closing: &Closing) -> Result<Packet, Failure> {
    let (tenant, id) = (closing.tenant, closing.ticket);
    let ticket = ticket::find(snap, tenant, id)?
        .ok_or_else(|| Fault::Other(format!("ticket `{id}` was closed and is gone")))?;
    let place = site::place(snap, tenant, ticket.site)?;
    let timeline = steps(snap, closing)?;
    let visits = visit::of_ticket(snap, tenant, id)?;
    let changes = approval::of_ticket(snap, tenant, id)?;
    let previous = match closing.version {
        1 => None,
        version => super::store::kept(snap, tenant, id, Some(version - 1))?,
    };
    Ok(Packet {
        v: 1,
        tenant,
        ticket: id,
        version: closing.version,
        previous: previous.map(|(_, rest)| rest.digest),
        closed_at: closing.at,
        required: closeout::gate::template(snap, tenant, &ticket)?.required(),
        incident_type: ticket.incident_type,
        type_version: ticket.type_version,
        priority: ticket.priority,
        parties: Parties {
            account: ticket.account,
            site: ticket.site,
            site_name: place.name,
            site_zone: place.zone,
            contact: ticket.contact,
        },
        window: ticket.window,
        visits: visits.into_iter().map(Visit::from).collect(),
        receipts: timeline.iter().map(|step| step.entry).collect(),
        timeline,
        evidence: pieces(snap, closing)?,
        checklist: closeout::checklist(snap, tenant, id)?,
        no_signature_reason: closeout::no_signature(snap, tenant, id)?,
        exceptions: closeout::exceptions(snap, tenant, id)?,
        verifications: qa::verifications(snap, tenant, id)?,
        labor: work::labor(snap, tenant, id)?.into_iter().map(Labor::from).collect(),
        parts: work::parts(snap, tenant, id)?.into_iter().map(Part::from).collect(),
        changes: changes.into_iter().map(Change::from).collect(),
        forced: closing.forced.as_ref().map(|forced| forced.by(closing.by)),
        limit: ticket.nte,
        invoice: invoice::summary(snap, tenant, id)?,
    })
}

fn steps(snap: &Snap<'_>, closing: &Closing) -> Result<Vec<Step>, Fault> {
    let args = args![closing.tenant, closing.ticket, closing.ticket_version];
    snap.all(&STEPS, args, |row| {
        let from: String = row.get(1)?;
        let from = Some(from).filter(|from| !from.is_empty()).map(|from| from.parse()).transpose();
        Ok(Step {
            version: row.get(0)?,
            from: from.map_err(|cause| Fault::unreadable("transition", "from_state", cause))?,
            to: row.parsed(2)?,
            tool: row.parsed(3)?,
            actor: row.get(4)?,
            on_behalf_of: row.get(5)?,
            entry: row.get(6)?,
            at: row.get(7)?,
        })
    })
}

fn pieces(snap: &Snap<'_>, closing: &Closing) -> Result<Vec<Piece>, Fault> {
    let pieces = evidence::of_ticket(snap, closing.tenant, closing.ticket)?;
    let pieces = pieces.into_iter().map(|piece| Piece {
        held: !closing.broken.contains(&piece.id),
        id: piece.id,
        key: piece.key,
        digest: piece.digest,
        size: piece.size,
        media_type: piece.media_type,
        by: piece.by,
        on_behalf_of: piece.on_behalf_of,
        at: piece.at,
    });
    Ok(pieces.collect())
}

impl Forced {
    fn by(&self, confirmed_by: Id<Principal>) -> Forcing {
        Forcing { reason: self.reason.clone(), requested_by: self.requested_by, confirmed_by }
    }
}

impl From<visit::Visit> for Visit {
    fn from(visit: visit::Visit) -> Self {
        Self {
            id: visit.id,
            technician: visit.technician,
            window: visit.window,
            dispatched_at: visit.dispatched_at,
            arrived_at: visit.arrived_at,
            left_at: visit.left_at,
            outcome: visit.outcome,
        }
    }
}

impl From<work::Labor> for Labor {
    fn from(labor: work::Labor) -> Self {
        let work::Labor { id, technician, kind, minutes, rate, logged_by, logged_at, .. } = labor;
        Self { id, technician, kind, minutes, rate, logged_by, logged_at }
    }
}

/// What a part cost us is not the customer's to know.
impl From<work::Part> for Part {
    fn from(part: work::Part) -> Self {
        let work::Part { id, description, number, quantity, logged_by, logged_at, .. } = part;
        let description = description.into();
        Self { id, description, number, quantity, logged_by, logged_at }
    }
}

impl From<approval::Approval> for Change {
    fn from(approval: approval::Approval) -> Self {
        let (asked, decided) = (approval.question, approval.decided);
        Self {
            approval: asked.id,
            amount: asked.amount,
            requested_by: asked.requested_by,
            requested_on_behalf_of: asked.requested_on_behalf_of,
            requested_at: asked.requested_at,
            status: approval.status.name().to_owned(),
            decided_by: decided.as_ref().map(|decided| decided.by),
            decided_on_behalf_of: decided.as_ref().and_then(|decided| decided.on_behalf_of),
            decided_at: decided.map(|decided| decided.at),
        }
    }
}
