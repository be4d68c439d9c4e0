//! Taking a call in: who calls, from where, about what, and whether that is
//! enough to plan the work.

use super::{Channel, Identity, Standing, Ticket, caller, duplicate, open};
use crate::{
    db::Tx,
    directory::{
        incident_type::{self, Asked, Template},
        recognise::{self, Known, Reached},
        site,
    },
    door::{Act, NewTicket},
    failure::Failure,
    identity::Caller,
    message::{self, Direction, Message, Normal, Sender},
    tenant,
};
use kernel::{
    channel::{self, Proof},
    id::{self, Asset, Contact, Id, Site},
    key::Key,
    money::Money,
    sla::Priority,
    text::{Line, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Take a call in. Whether the caller is who they seem is worked out from where
/// the call came from; nobody can state it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    pub channel: Channel,
    pub site: At,
    /// Who calls, and from where.
    pub caller: Sender,
    /// The channel's own id of the message that this call came in as: the same
    /// message never makes two tickets.
    pub message: Option<Line<200>>,
    pub incident_type: Option<Key>,
    pub priority: Option<Priority>,
    pub summary: Line<200>,
    pub description: Option<Text<8_000>>,
    /// Who at the customer to speak to, if not whoever calls.
    pub contact: Option<Id<Contact>>,
    pub asset: Option<Id<Asset>>,
}

/// Where the work is: a place on file. An address is not one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// The site.
    Id(Id<Site>),
    /// The tenant's own name for the site.
    Reference(Line<120>),
    /// The tenant's own name for the account, if it has one site.
    Account(Line<120>),
}

#[derive(Debug, Serialize)]
pub struct TakenIn {
    pub ticket: Id<id::Ticket>,
    /// Whether the caller is verified, and by what.
    pub verified_by: Option<Proof>,
    /// What has to be asked before the work can be planned.
    pub questions: Vec<String>,
    pub missing: Vec<&'static str>,
}

/// What is known of a call once everything has been looked up.
struct Case {
    site: site::Found,
    caller: Normal,
    contact: Option<Id<Contact>>,
    proof: Option<(Proof, Id<Contact>)>,
    vouched: bool,
    template: Option<(i64, Template)>,
}

impl NewTicket for Intake {
    type Done = TakenIn;

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller) {
        match &self.site {
            At::Id(id) => {
                site::foresee(tx, caller.tenant, *id);
                self.foresee_at(tx, caller.tenant, *id);
            }
            At::Reference(name) => recognise::foresee_site_called(tx, caller.tenant, name),
            At::Account(name) => recognise::foresee_only_site_of(tx, caller.tenant, name),
        }
    }

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<(Ticket, TakenIn), Failure> {
        let case = gather(tx, act, &self)?;
        duplicate::check(tx, act, &duplicate::Call::of(&self, &case.site, &case.caller))?;

        let mut ticket = self.ticket(tx, act, &case)?;
        let missing = missing(&ticket, case.template.as_ref().map(|(_, template)| template));
        let questions: Vec<String> = missing.iter().map(|ask| ask.1.clone()).collect();
        ticket.standing = decide(&ticket, &questions);

        open(tx, act, &mut ticket)?;
        caller::keep(tx, act, ticket.id, &self.caller, &case.caller)?;
        self.keep_words(tx, act, &ticket, &case)?;
        let verified_by = case.verified_by();
        act.fact("verified_by", verified_by.map(Proof::name));
        let missing: Vec<_> = missing.into_iter().map(|ask| ask.0.name()).collect();
        let taken = TakenIn { ticket: ticket.id, verified_by, questions, missing };
        Ok((ticket, taken))
    }
}

fn gather(tx: &mut Tx<'_>, act: &Act<'_>, intake: &Intake) -> Result<Case, Failure> {
    let tenant = act.caller.tenant;
    let site = intake.site.find(tx, tenant)?;
    intake.foresee_at(tx, tenant, site.id);
    site::check_belongings(tx, tenant, &site, intake.contact, intake.asset)?;
    let caller = intake.caller.normal(tx, tenant, "caller")?;
    let template = match &intake.incident_type {
        Some(name) => Some(incident_type::active(tx, tenant, name.as_str())?),
        None => None,
    };
    if let Some((version, template)) = &template {
        // Its clocks will ask.
        incident_type::foresee_at(tx, tenant, template.name.as_str(), *version);
    }
    let reached = Reached {
        phone: caller.phone.as_ref(),
        email: caller.email.as_ref(),
        principal: Some(act.caller.subject()),
    };
    duplicate::foresee(tx, tenant, site.id)?;
    let known = recognise::known(tx, tenant, &site, &reached)?;
    let vouched = !act.role.is_agent();
    let (proof, vouched) = prove(intake.channel, &known, vouched);
    let contact = intake.contact.or(proof.map(|proof| proof.1));
    Ok(Case { site, caller, contact, proof, vouched, template })
}

/// By what the caller is verified: as a contact who may ask for work here, or
/// because one of us vouches.
fn prove(channel: Channel, known: &[Known], person: bool) -> (Option<(Proof, Id<Contact>)>, bool) {
    let proofs = known.iter().filter(|known| known.may_request).filter_map(|known| {
        let found = channel::Found {
            phone: known.phone,
            email: known.email,
            signed_in: known.signed_in,
            vouched: false,
        };
        channel::proof(channel, found).map(|proof| (proof, known.contact))
    });
    // The strongest proof, and of the contacts who have it, the first.
    let proof = proofs.min_by_key(|(proof, _)| {
        channel::proofs(channel).iter().position(|strength| strength == proof)
    });
    let vouched = channel::Found { vouched: person, ..channel::Found::default() };
    (proof, channel::proof(channel, vouched).is_some())
}

impl Case {
    fn verified_by(&self) -> Option<Proof> {
        self.proof.map(|proof| proof.0).or(self.vouched.then_some(Proof::Vouched))
    }
}

impl Case {
    /// How much may be spent before anybody is asked: what the type suggests, as
    /// an agent may set it in triage. Nothing for whoever is not verified, and
    /// nothing where the type wants the customer to say it.
    fn suggested_limit(&self) -> i64 {
        let Some((_, template)) = self.template.as_ref().filter(|_| self.verified_by().is_some())
        else {
            return 0;
        };
        let asked = template.intake.iter().any(|ask| ask.field == Asked::Nte);
        if asked { 0 } else { template.suggested_limit() }
    }
}

impl Intake {
    /// Has its turn at the site, and asks ahead for what there is to know.
    fn foresee_at(&self, tx: &mut Tx<'_>, tenant: Id<id::Tenant>, site: Id<Site>) {
        duplicate::lock(tx, site);
        site::foresee_belongings(tx, tenant, site, self.contact, self.asset);
        tenant::foresee_settings(tx, tenant);
        if let Some(name) = &self.incident_type {
            incident_type::foresee_active(tx, tenant, name.as_str());
        }
        if let Some(external) = &self.message {
            message::foresee_known(tx, tenant, self.channel, external);
        }
    }

    fn ticket(&self, tx: &Tx<'_>, act: &Act<'_>, case: &Case) -> Result<Ticket, Failure> {
        let settings = tenant::settings(tx, act.caller.tenant)?;
        let template = case.template.as_ref();
        let usual = template.map_or(Priority::Routine, |(_, template)| template.default_priority);
        let identity = match case.proof {
            Some((proof, contact)) => Identity::Verified { contact, by: proof.name().to_owned() },
            None if case.vouched => Identity::Vouched { by: act.caller.subject() },
            None => Identity::Unverified,
        };
        Ok(Ticket {
            id: tx.new_id(),
            version: 1,
            account: case.site.account,
            site: case.site.id,
            contact: case.contact,
            asset: self.asset,
            standing: Standing::New,
            priority: self.priority.unwrap_or(usual),
            incident_type: template.map(|(_, template)| template.name.to_string()),
            type_version: template.map(|(version, _)| *version),
            summary: self.summary.as_str().to_owned(),
            description: self.description.as_ref().map(|text| text.as_str().to_owned()),
            channel: self.channel,
            identity,
            nte: Money::new(case.suggested_limit(), settings.currency),
            technician: None,
            window: None,
            response_due: None,
            resolution_due: None,
            responded_at: None,
            resolved_at: None,
            paused_at: None,
            created_at: tx.now(),
            updated_at: tx.now(),
        })
    }

    /// Keeps what the caller said, as the first message of the ticket.
    fn keep_words(
        &self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &Ticket,
        case: &Case,
    ) -> Result<(), Failure> {
        let raw = match &self.description {
            Some(description) => format!("{}\n\n{description}", self.summary),
            None => self.summary.to_string(),
        };
        let message = Message {
            ticket: ticket.id,
            direction: Direction::In,
            channel: self.channel,
            external: self.message.as_deref(),
            contact: case.proof.map(|proof| proof.1),
            raw: &raw,
        };
        message::keep(tx, act, &message).map(drop)
    }
}

impl At {
    fn find(&self, tx: &Tx<'_>, tenant: Id<id::Tenant>) -> Result<site::Found, Failure> {
        match self {
            Self::Id(id) => site::find(tx, tenant, *id),
            Self::Reference(reference) => recognise::site_called(tx, tenant, reference),
            Self::Account(reference) => recognise::only_site_of(tx, tenant, reference),
        }
    }
}

/// What the type asks for and the ticket does not have, with its question.
pub(super) fn missing(ticket: &Ticket, template: Option<&Template>) -> Vec<(Asked, String)> {
    let has = |asked: Asked| match asked {
        Asked::Contact => ticket.contact.is_some(),
        Asked::Asset => ticket.asset.is_some(),
        Asked::Description => ticket.description.is_some(),
        Asked::Nte => ticket.nte.minor > 0,
    };
    let asks = template.map(|template| template.intake.as_slice()).unwrap_or_default();
    asks.iter()
        .filter(|ask| !has(ask.field))
        .map(|ask| (ask.field, ask.question.to_string()))
        .collect()
}

/// Where a call stands once it is taken in. What has to be asked is asked first;
/// then nobody plans work for whoever they do not know, or of an unknown kind.
fn decide(ticket: &Ticket, questions: &[String]) -> Standing {
    if !questions.is_empty() {
        return Standing::NeedsInfo { questions: questions.to_vec() };
    }
    if ticket.identity.is_verified() && ticket.incident_type.is_some() {
        return Standing::ReadyToSchedule;
    }
    Standing::Triaged
}
