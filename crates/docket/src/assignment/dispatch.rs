//! Sending a technician.

use super::{
    fit::{self, Job},
    recommend::{self, Rank},
};
use crate::{
    approval,
    countersign::{self, Confirmed, Voice},
    db::Tx,
    directory::{
        site,
        technician::{self, Technician},
    },
    door::{Act, OnTicket},
    failure::{Failure, Fault},
    identity::Caller,
    outgoing::{self, Kind},
    ticket::{Standing, Ticket},
    visit,
};
use kernel::{
    id::{self, Countersign, Id, Recommendation, Visit},
    refusal::{Code, Refusal},
    sla::Priority,
    state::State,
    text::Text,
    window::Window,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rationale shorter than this explains nothing.
const RATIONALE_MIN: usize = 20;

/// Send a technician for the window that was agreed. An emergency can be
/// dispatched before anything is agreed, with `bypass` and a second dispatcher.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dispatch {
    pub ticket: Id<id::Ticket>,
    pub technician: Id<id::Technician>,
    /// The answer of `assignment.recommend` that this follows, if it follows one.
    pub recommendation: Option<Id<Recommendation>>,
    /// For an emergency that cannot wait for scheduling.
    pub bypass: Option<Bypass>,
    /// The first dispatcher's voice, which the second confirms.
    #[serde(skip_serializing)]
    pub countersign: Option<Id<Countersign>>,
}

/// Why a call is taken past scheduling, and when somebody goes.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bypass {
    /// At least 20 characters.
    pub rationale: Text<1_000>,
    pub window: Window,
}

#[derive(Debug, Serialize)]
pub struct Dispatched {
    pub visit: Id<Visit>,
    pub technician: Id<id::Technician>,
    pub window: Window,
}

impl OnTicket for Dispatch {
    type Done = Confirmed<Dispatched>;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        technician::lock(tx, self.technician);
        technician::foresee(tx, caller.tenant, self.technician);
        site::foresee(tx, caller.tenant, ticket.site);
        let window = self.bypass.as_ref().map(|bypass| bypass.window).or(ticket.window);
        if let Some(window) = window {
            fit::foresee(tx, caller.tenant, self.technician, window);
        }
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Self::Done, Failure> {
        technician::lock(tx, self.technician);
        let window = self.window(tx, act, ticket)?;
        let technician = self.technician(tx, act)?;
        let job = Job::of(tx, act.caller.tenant, ticket, window)?;
        if let Some(unfit) = job.unfit(tx, &technician)? {
            return Err(unfit.into());
        }
        let rank = self.rank(tx, act, window)?;

        if let Some(voice) = self.second_voice(tx, act, ticket)? {
            return Ok(Confirmed::Asked(voice));
        }

        let (tenant, technician) = (act.caller.tenant, technician.id);
        let visit = visit::begin(tx, tenant, ticket.id, technician, window)?;
        ticket.technician = Some(technician);
        ticket.window = Some(window);
        ticket.standing = Standing::Dispatched { visit };
        outgoing::queue(tx, act, ticket, ticket.contact, Kind::TechnicianDispatched, None)?;

        act.subject(visit);
        act.subject(technician);
        act.fact("bypass", self.bypass.is_some());
        if let Some((id, rank)) = self.recommendation.zip(rank) {
            act.subject(id);
            act.fact("recommended_rank", rank.0);
        }
        Ok(Confirmed::Done(Dispatched { visit, technician, window }))
    }
}

impl Dispatch {
    /// The window agreed with the customer, or that of a bypass which is allowed.
    fn window(&self, tx: &Tx<'_>, act: &Act<'_>, ticket: &Ticket) -> Result<Window, Failure> {
        if ticket.state() == State::Scheduled {
            if self.bypass.is_some() {
                let detail = "the ticket is scheduled; dispatch it without a bypass";
                return Err(denied(detail, vec!["a_ticket_that_is_not_scheduled"]));
            }
            if let Some(id) = self.countersign {
                let detail = format!("nobody waits with `{id}`; this takes one person");
                let refusal = Refusal::new(Code::CountersignUnknown, detail);
                return Err(refusal.at("countersign").into());
            }
            let none = || Fault::Other("a scheduled ticket has no window".to_owned());
            return Ok(ticket.window.ok_or_else(none)?);
        }
        self.bypassed(tx, act, ticket)
    }

    fn bypassed(&self, tx: &Tx<'_>, act: &Act<'_>, ticket: &Ticket) -> Result<Window, Failure> {
        let tenant = act.caller.tenant;
        let known = ticket.incident_type.is_some() && ticket.type_version.is_some();
        let long = |bypass: &Bypass| bypass.rationale.trim().chars().count() >= RATIONALE_MIN;
        let free = approval::open_of(tx, tenant, ticket.id)?.is_none();
        let needs = [
            ("bypass", self.bypass.is_some()),
            ("priority_emergency", ticket.priority == Priority::Emergency),
            ("incident_type", known),
            ("rationale_of_20_characters", self.bypass.as_ref().is_some_and(long)),
            ("no_open_approval", free),
        ];
        let missing: Vec<_> = needs.iter().filter(|(_, has)| !has).map(|(name, _)| *name).collect();
        match &self.bypass {
            Some(bypass) if missing.is_empty() => Ok(bypass.window),
            _ => Err(denied("a ticket that is not scheduled needs a bypass", missing)),
        }
    }

    fn technician(&self, tx: &Tx<'_>, act: &Act<'_>) -> Result<Technician, Failure> {
        technician::find(tx, act.caller.tenant, self.technician).map_err(|failure| match failure {
            Failure::Refused(none) if none.code == Code::RecordNotFound => {
                Refusal::new(Code::TechnicianUnknown, none.detail).at("technician").into()
            }
            other => other,
        })
    }

    /// Where the recommendation that this claims to follow ranks the technician.
    fn rank(&self, tx: &Tx<'_>, act: &Act<'_>, window: Window) -> Result<Option<Rank>, Failure> {
        let Some(id) = self.recommendation else { return Ok(None) };
        let rank = recommend::rank(tx, act.caller.tenant, id, self.ticket, window, self.technician);
        rank.map(Some)
    }

    /// Nothing if this may be done now, or the first voice of a bypass.
    fn second_voice(
        &self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &Ticket,
    ) -> Result<Option<countersign::Asked>, Failure> {
        if self.bypass.is_none() {
            return Ok(None);
        }
        match countersign::ask_or_confirm(tx, act, ticket, self.countersign, self)? {
            Voice::First(asked) => Ok(Some(asked)),
            Voice::Second(_) => Ok(None),
        }
    }
}

fn denied(detail: &str, missing: Vec<&str>) -> Failure {
    let missing = missing.into_iter().map(str::to_owned).collect();
    Refusal::new(Code::BypassDenied, detail).at("bypass").missing(missing).into()
}
