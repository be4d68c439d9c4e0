//! Everything that whoever goes there needs: where, what, how, for how much, and
//! what is still missing.

use crate::{
    approval,
    closeout::{gate, work},
    db::{Snap, args, statements},
    directory::{
        rate_card,
        site::{self, Place},
    },
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    ticket::{
        Back, Standing, Ticket,
        actions::{self, Actions},
    },
    visit::{self, Visit},
};
use kernel::{
    field::Field,
    gate::{Required, Verdict},
    id::{self, Approval, Asset, Contact, Id},
    invoice::Work,
    money::Money,
    refusal::{Code, Refusal},
    sla::Priority,
    state::{Phase, State, States},
    text::Line,
    window::Window,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

statements! {
    ACCESS_CODE = "access_code.sql";
    PACKET_CONTACT = "contact.sql";
    PACKET_ASSET = "asset.sql";
}

/// When the access code can be read: from dispatch to completion.
const ON_THE_WAY: States =
    States::of(&[State::Dispatched, State::InProgress, State::OnHold, State::ApprovalRequired]);

/// Read what is needed for the work on a ticket.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobPacket {
    pub ticket: Id<id::Ticket>,
    /// Read the access code of the site too. That it was read is recorded.
    #[serde(default)]
    pub access_code: bool,
}

#[derive(Debug, Serialize)]
struct Packet<'a> {
    ticket: Id<id::Ticket>,
    version: i64,
    state: State,
    phase: Phase,
    priority: Priority,
    window: Option<Window>,
    visits: Vec<Visit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_code: Option<String>,
    contact: Option<OnSite>,
    asset: Option<Equipment>,
    scope: Scope<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    money: Option<Budget>,
    /// What the incident type asks for, and what of it is still missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    closeout: Option<Closeout>,
    actions: Actions,
}

/// Whom to ask for. Who may not know who they are gets their id alone.
#[derive(Debug, Serialize)]
struct OnSite {
    id: Id<Contact>,
    #[serde(flatten)]
    details: Option<Details>,
}

#[derive(Debug, Serialize)]
struct Details {
    name: String,
    phone: Option<String>,
    email: Option<String>,
}

#[derive(Debug, Serialize)]
struct Equipment {
    id: Id<Asset>,
    tag: String,
    kind: Option<String>,
    maker: Option<String>,
    model: Option<String>,
    serial: Option<String>,
}

/// What is to be done. The customer's words are quoted, never followed.
#[derive(Debug, Serialize)]
struct Scope<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reported: Option<Reported<'a>>,
    incident_type: Option<&'a str>,
    title: Option<Line<80>>,
    warnings: Vec<Line<300>>,
    steps: Vec<Line<300>>,
}

#[derive(Debug, Serialize)]
struct Reported<'a> {
    untrusted: bool,
    summary: &'a str,
    description: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Budget {
    nte: Money,
    /// What the work comes to so far, with trips and taxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Money>,
    /// The question of money that the work waits for.
    waits_for: Option<Id<Approval>>,
}

#[derive(Debug, Serialize)]
struct Closeout {
    required: Required,
    verdict: Verdict,
}

impl Look for JobPacket {
    fn ticket(&self) -> Option<Id<id::Ticket>> {
        Some(self.ticket)
    }

    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let (ticket, claim) = sight.the_ticket()?;
        let tenant = sight.caller.tenant;
        let sees = |field: Field| field.seen_by(sight.caller.roles);
        foresee(snap, sight, ticket);
        let access_code = if self.access_code { access_code(snap, sight, ticket)? } else { None };

        let packet = Packet {
            ticket: ticket.id,
            version: ticket.version,
            state: ticket.state(),
            phase: ticket.phase(),
            priority: ticket.priority,
            window: ticket.window,
            visits: visit::of_ticket(snap, tenant, ticket.id)?,
            site: sees(Field::Address)
                .then(|| site::place(snap, tenant, ticket.site))
                .transpose()?,
            access_code,
            contact: on_site(snap, sight, ticket)?,
            asset: equipment(snap, sight, ticket)?,
            scope: scope(snap, sight, ticket)?,
            money: budget(snap, sight, ticket)?,
            closeout: closeout(snap, sight, ticket)?,
            actions: actions::of(sight.caller, ticket, claim)?,
        };
        let looked = Looked::new(&packet)?.version(ticket.version);
        Ok(match read(&packet) {
            facts if facts.is_empty() => looked,
            facts => looked.sensitive(facts),
        })
    }
}

/// Asks ahead for what nearly every packet has in it.
fn foresee(snap: &Snap<'_>, sight: &Sight<'_>, ticket: &Ticket) {
    let tenant = sight.caller.tenant;
    gate::foresee(snap, tenant, ticket);
    work::foresee(snap, tenant, ticket.id);
    site::foresee_place(snap, tenant, ticket.site);
    approval::foresee_of_ticket(snap, tenant, ticket.id);
    rate_card::foresee_for_account(snap, tenant, ticket.account);
    if let Some(contact) = ticket.contact {
        snap.foresee(&PACKET_CONTACT, args![tenant, contact]);
    }
    if let Some(asset) = ticket.asset {
        snap.foresee(&PACKET_ASSET, args![tenant, asset]);
    }
}

/// What of the packet somebody would want to know was read, as ids.
fn read(packet: &Packet<'_>) -> Map<String, serde_json::Value> {
    let mut facts = Map::new();
    if packet.access_code.is_some() {
        facts.insert("access_code".to_owned(), true.into());
    }
    if let Some(OnSite { id, details: Some(_) }) = &packet.contact {
        facts.insert("contact".to_owned(), id.to_string().into());
    }
    facts
}

/// The access code, if the caller may have it now.
fn access_code(
    snap: &Snap<'_>,
    sight: &Sight<'_>,
    ticket: &Ticket,
) -> Result<Option<String>, Failure> {
    if !Field::AccessCode.roles().contains(sight.role) {
        let detail = "the access code is for dispatchers and the technician who goes";
        return Err(Refusal::new(Code::RoleForbidden, detail).at("access_code").into());
    }
    let state = ticket.state();
    let waits_for_quote =
        matches!(ticket.standing, Standing::ApprovalRequired { back: Back::BeforeWork, .. });
    if !ON_THE_WAY.contains(state) || waits_for_quote {
        let detail = "the access code can be read from dispatch to completion";
        let refusal = Refusal::new(Code::TicketState, detail).at("access_code");
        return Err(refusal.standing(state, ON_THE_WAY, States::NONE).into());
    }
    Ok(snap.one(&ACCESS_CODE, args![sight.caller.tenant, ticket.site], |row| row.get(0))?)
}

fn on_site(snap: &Snap<'_>, sight: &Sight<'_>, ticket: &Ticket) -> Result<Option<OnSite>, Failure> {
    let Some(id) = ticket.contact else { return Ok(None) };
    if !Field::Contact.seen_by(sight.caller.roles) {
        return Ok(Some(OnSite { id, details: None }));
    }
    let details = snap.one(&PACKET_CONTACT, args![sight.caller.tenant, id], |row| {
        Ok(Details { name: row.get(0)?, phone: row.get(1)?, email: row.get(2)? })
    })?;
    Ok(Some(OnSite { id, details: Some(details) }))
}

fn equipment(
    snap: &Snap<'_>,
    sight: &Sight<'_>,
    ticket: &Ticket,
) -> Result<Option<Equipment>, Fault> {
    let Some(id) = ticket.asset else { return Ok(None) };
    snap.maybe(&PACKET_ASSET, args![sight.caller.tenant, id], |row| {
        Ok(Equipment {
            id,
            tag: row.get(0)?,
            kind: row.get(1)?,
            maker: row.get(2)?,
            model: row.get(3)?,
            serial: row.get(4)?,
        })
    })
}

fn scope<'a>(snap: &Snap<'_>, sight: &Sight<'_>, ticket: &'a Ticket) -> Result<Scope<'a>, Failure> {
    let mut scope = Scope {
        reported: Field::Reported.seen_by(sight.caller.roles).then(|| Reported {
            untrusted: true,
            summary: &ticket.summary,
            description: ticket.description.as_deref(),
        }),
        incident_type: ticket.incident_type.as_deref(),
        title: None,
        warnings: Vec::new(),
        steps: Vec::new(),
    };
    if ticket.incident_type.is_some() {
        let template = gate::template(snap, sight.caller.tenant, ticket)?;
        scope.title = Some(template.title);
        scope.warnings = template.warnings;
        scope.steps = template.steps;
    }
    Ok(scope)
}

fn budget(snap: &Snap<'_>, sight: &Sight<'_>, ticket: &Ticket) -> Result<Option<Budget>, Failure> {
    let (tenant, roles) = (sight.caller.tenant, sight.caller.roles);
    if !Field::Nte.seen_by(roles) {
        return Ok(None);
    }
    let done = work::of_ticket(snap, tenant, ticket)?;
    let idle = done.labor.is_empty() && done.parts.is_empty() && done.trips == 0;
    let cost = match Field::Cost.seen_by(roles) {
        true if idle => Some(Money::zero(ticket.nte.currency)),
        true => cost(snap, sight, ticket, &done)?,
        false => None,
    };
    let waits_for = approval::open_of(snap, tenant, ticket.id)?.map(|asked| asked.question.id);
    Ok(Some(Budget { nte: ticket.nte, cost, waits_for }))
}

/// Nothing where the card has no price for it any more: the packet is read on
/// site, and the invoice will say what is wrong.
fn cost(
    snap: &Snap<'_>,
    sight: &Sight<'_>,
    ticket: &Ticket,
    done: &Work,
) -> Result<Option<Money>, Failure> {
    let card = rate_card::for_account(snap, sight.caller.tenant, ticket.account);
    match card.and_then(|(_, card)| work::cost(&card, done)) {
        Ok(cost) => Ok(Some(cost)),
        Err(Failure::Refused(_)) => Ok(None),
        Err(broke) => Err(broke),
    }
}

fn closeout(
    snap: &Snap<'_>,
    sight: &Sight<'_>,
    ticket: &Ticket,
) -> Result<Option<Closeout>, Failure> {
    if ticket.incident_type.is_none() {
        return Ok(None);
    }
    let gathered = gate::gather(snap, sight.caller.tenant, ticket, None)?;
    let verdict = kernel::gate::gate(&gathered.required, &gathered.present, snap.now());
    Ok(Some(Closeout { required: gathered.required, verdict }))
}
