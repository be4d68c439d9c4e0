//! Triage: how urgent, of what kind, for how much, and whether it can be planned.

use super::{Back, Identity, Standing, Ticket, intake};
use crate::{
    approval,
    db::Tx,
    directory::{
        incident_type::{self, Template},
        site,
    },
    door::{Act, OnTicket},
    failure::Failure,
    identity::Caller,
};
use kernel::{
    id::{self, Asset, Contact, Id},
    key::Key,
    money::Money,
    refusal::{Code, Refusal},
    sla::Priority,
    text::{Line, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Say how urgent a call is, of what kind and for how much, and move it on.
/// What is left out stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Triage {
    pub ticket: Id<id::Ticket>,
    pub outcome: Outcome,
    pub priority: Option<Priority>,
    /// An active incident type; the ticket is held to its version of today.
    pub incident_type: Option<Key>,
    /// Not to exceed. Above what the type asks approval for, and for an agent
    /// above what it suggests, it is a request until somebody else approves it.
    pub nte: Option<Money>,
    /// Why that much; whoever approves reads it.
    pub reason: Option<Line<500>>,
    pub contact: Option<Id<Contact>>,
    pub asset: Option<Id<Asset>>,
    /// What the customer added, if the call came without a description.
    pub description: Option<Text<8_000>>,
    /// A dispatcher who called the contact on file back vouches for the caller.
    #[serde(default)]
    pub vouch: bool,
}

/// Where triage leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Triaged,
    ReadyToSchedule,
    ApprovalRequired,
}

#[derive(Debug, Serialize)]
pub struct TriageDone {
    /// What was asked of an approver, if something was.
    pub approval: Option<approval::Requested>,
    /// What still has to be known before the work can be planned.
    pub missing: Vec<&'static str>,
}

impl OnTicket for Triage {
    type Done = TriageDone;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        site::foresee(tx, caller.tenant, ticket.site);
        site::foresee_belongings(tx, caller.tenant, ticket.site, self.contact, self.asset);
        if let Some(name) = &self.incident_type {
            incident_type::foresee_active(tx, caller.tenant, name.as_str());
        }
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<TriageDone, Failure> {
        let site = site::find(tx, act.caller.tenant, ticket.site)?;
        site::check_belongings(tx, act.caller.tenant, &site, self.contact, self.asset)?;
        let template = self.template(tx, act, ticket)?;
        let asked = self.limit(act, ticket, template.as_ref())?;

        self.fill_in(act, ticket)?;
        let missing = intake::missing(ticket, template.as_ref());
        let mut missing: Vec<_> = missing.iter().map(|ask| ask.0.name()).collect();
        if asked.is_some() {
            // It is being asked for; who approves it answers the question.
            missing.retain(|name| *name != "nte");
        }
        // An approval leads to planning too.
        if self.outcome != Outcome::Triaged || asked.is_some() {
            ready(ticket, template.is_some(), &missing)?;
        }

        ticket.standing = match self.outcome {
            Outcome::ReadyToSchedule => Standing::ReadyToSchedule,
            Outcome::Triaged | Outcome::ApprovalRequired => Standing::Triaged,
        };
        act.fact("priority", serde_json::to_value(ticket.priority)?);
        act.fact("incident_type", ticket.incident_type.clone());
        let approval = match asked {
            Some(amount) => Some(self.request(tx, act, ticket, amount)?),
            None => None,
        };
        Ok(TriageDone { approval, missing })
    }
}

impl Triage {
    /// The template that the ticket is held to from now on.
    fn template(
        &self,
        tx: &Tx<'_>,
        act: &Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Option<Template>, Failure> {
        let tenant = act.caller.tenant;
        if let Some(name) = &self.incident_type {
            let (version, template) = incident_type::active(tx, tenant, name.as_str())?;
            ticket.incident_type = Some(name.to_string());
            ticket.type_version = Some(version);
            if self.priority.is_none() && matches!(ticket.standing, Standing::New) {
                ticket.priority = template.default_priority;
            }
            return Ok(Some(template));
        }
        match ticket.incident_type.as_ref().zip(ticket.type_version) {
            Some((name, version)) => Ok(Some(incident_type::at(tx, tenant, name, version)?)),
            None => Ok(None),
        }
    }

    /// Sets the limit, or says by how much it is to be raised if that takes approval.
    fn limit(
        &self,
        act: &Act<'_>,
        ticket: &mut Ticket,
        template: Option<&Template>,
    ) -> Result<Option<Money>, Failure> {
        let wanted = self.wanted(ticket)?;
        let free = free_limit(act, template);
        let asks = self.outcome == Outcome::ApprovalRequired;
        let raises = wanted.minor > ticket.nte.minor;
        if asks || (raises && free.is_some_and(|free| wanted.minor > free)) {
            let more = wanted.minor.saturating_sub(ticket.nte.minor);
            return Ok(Some(Money::new(more, ticket.nte.currency)));
        }
        ticket.nte = wanted;
        Ok(None)
    }

    fn wanted(&self, ticket: &Ticket) -> Result<Money, Failure> {
        let Some(wanted) = self.nte else { return Ok(ticket.nte) };
        if wanted.currency != ticket.nte.currency {
            let detail = format!("the ticket is in {}", ticket.nte.currency.code());
            return Err(Refusal::new(Code::CurrencyMismatch, detail).at("nte.currency").into());
        }
        if wanted.minor < 0 {
            let detail = "a limit is not less than nothing";
            return Err(Refusal::new(Code::InputMalformed, detail).at("nte.minor").into());
        }
        Ok(wanted)
    }

    fn fill_in(&self, act: &Act<'_>, ticket: &mut Ticket) -> Result<(), Failure> {
        ticket.priority = self.priority.unwrap_or(ticket.priority);
        ticket.contact = self.contact.or(ticket.contact);
        ticket.asset = self.asset.or(ticket.asset);
        if ticket.description.is_none() {
            ticket.description = self.description.as_ref().map(ToString::to_string);
        }
        if self.vouch {
            if act.role.is_agent() {
                let detail = "an agent cannot vouch for a caller";
                return Err(Refusal::new(Code::IdentityUnverified, detail).at("vouch").into());
            }
            ticket.identity = Identity::Vouched { by: act.caller.subject() };
        }
        Ok(())
    }

    fn request(
        &self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
        amount: Money,
    ) -> Result<approval::Requested, Failure> {
        let reason = match &self.reason {
            Some(reason) => reason.to_string(),
            None => "the limit asked for at triage needs approval".to_owned(),
        };
        let change =
            approval::Change { amount, reason, evidence: Vec::new(), back: Back::BeforeWork };
        approval::request(tx, act, ticket, change)
    }
}

/// Up to how much the caller may set a limit alone, in minor units; nothing if
/// there is no end to it. An agent is held to what the type suggests.
fn free_limit(act: &Act<'_>, template: Option<&Template>) -> Option<i64> {
    if !act.role.is_agent() {
        return template.and_then(|template| template.approval_above_minor).map(i64::from);
    }
    Some(template.map_or(0, Template::suggested_limit))
}

/// Whether work may be planned: the kind is known, then the caller, then all
/// that the kind asks for.
fn ready(ticket: &Ticket, typed: bool, missing: &[&str]) -> Result<(), Box<Refusal>> {
    if !typed {
        let detail = "the ticket has no incident type yet";
        return Err(Refusal::new(Code::TypeUnknown, detail).at("incident_type"));
    }
    if !ticket.identity.is_verified() {
        let detail = "nobody has verified who called";
        return Err(Refusal::new(Code::IdentityUnverified, detail));
    }
    if !missing.is_empty() {
        let detail = "the incident type asks for more than is known";
        let missing = missing.iter().map(ToString::to_string).collect();
        return Err(Refusal::new(Code::FieldsMissing, detail).missing(missing));
    }
    Ok(())
}
