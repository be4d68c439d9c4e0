//! Whether somebody can go: the same questions for a recommendation and a dispatch.

use crate::{
    db::Snap,
    directory::{
        incident_type, site,
        technician::{self, Technician},
    },
    failure::{Failure, Fault},
    ticket::Ticket,
    visit,
};
use kernel::{
    id::{self, Id, Tenant},
    key::Key,
    refusal::{Code, Refusal},
    window::{self, NotCovered, Window},
};
use std::collections::BTreeSet;

/// What a ticket asks of whoever goes.
pub(super) struct Job {
    pub tenant: Id<Tenant>,
    pub skills: BTreeSet<Key>,
    pub territory: Option<String>,
    pub window: Window,
}

/// Why somebody cannot go. There may be more reasons; this is the first.
#[derive(Debug)]
pub(super) struct Unfit {
    pub code: Code,
    pub detail: String,
    pub missing: Vec<String>,
}

/// Asks ahead for what keeps a technician from going in a window.
pub(super) fn foresee(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    technician: Id<id::Technician>,
    window: Window,
) {
    technician::foresee_absences(snap, tenant, technician, window.start(), window.end());
    visit::foresee_in_the_way(snap, tenant, technician, window);
}

impl Job {
    /// What the ticket asks for in the window.
    ///
    /// # Errors
    /// `type.unknown`, or `schedule.past` if the window has ended.
    pub fn of(
        snap: &Snap<'_>,
        tenant: Id<Tenant>,
        ticket: &Ticket,
        window: Window,
    ) -> Result<Self, Failure> {
        let Some((name, version)) = ticket.incident_type.as_ref().zip(ticket.type_version) else {
            let detail = "nobody has said yet what kind of work this is";
            return Err(Refusal::new(Code::TypeUnknown, detail).into());
        };
        site::foresee(snap, tenant, ticket.site);
        let template = incident_type::at(snap, tenant, name, version)?;
        if window.end() <= snap.now() {
            let detail = format!("the window ended at {}", window.end());
            return Err(Refusal::new(Code::WindowPast, detail).at("window").into());
        }
        let territory = site::find(snap, tenant, ticket.site)?.territory;
        Ok(Self { tenant, skills: template.skills, territory, window })
    }

    /// Nothing if the technician can do it, or the first reason why not.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn unfit(
        &self,
        snap: &Snap<'_>,
        technician: &Technician,
    ) -> Result<Option<Unfit>, Failure> {
        if !technician.active {
            return Ok(no(Code::TechnicianInactive, "they do not work here any more"));
        }
        let lacks = technician.lacks(&self.skills);
        if !lacks.is_empty() {
            let missing = lacks.iter().map(Key::to_string).collect();
            let detail = "they lack skills that the work needs".to_owned();
            return Ok(Some(Unfit { code: Code::SkillMissing, detail, missing }));
        }
        if !technician.covers(self.territory.as_deref()) {
            return Ok(no(Code::OutsideCoverage, "they do not go to the territory of the site"));
        }
        if let Some(unfit) = self.not_there(snap, technician)? {
            return Ok(Some(unfit));
        }
        let taken = visit::in_the_way(snap, self.tenant, technician.id, self.window)?;
        Ok(taken.and_then(|other| {
            no(Code::DoubleBooked, format!("they are on visit `{other}` at that time"))
        }))
    }

    fn not_there(
        &self,
        snap: &Snap<'_>,
        technician: &Technician,
    ) -> Result<Option<Unfit>, Failure> {
        let (start, end) = (self.window.start(), self.window.end());
        let absences = technician::absences(snap, self.tenant, technician.id, start, end)?;
        let zone = technician.time_zone()?;
        match window::covered(&self.window, &technician.shifts, &zone, &absences) {
            Ok(()) => Ok(None),
            Err(away @ NotCovered::Absent { .. }) => {
                Ok(no(Code::TechnicianAbsent, away.to_string()))
            }
            Err(off @ NotCovered::OffShift { .. }) => Ok(no(Code::OutsideShift, off.to_string())),
            Err(NotCovered::OutOfTime(cause)) => Err(Fault::Other(cause.to_string()).into()),
        }
    }
}

fn no(code: Code, detail: impl Into<String>) -> Option<Unfit> {
    Some(Unfit { code, detail: detail.into(), missing: Vec::new() })
}

impl From<Unfit> for Failure {
    fn from(unfit: Unfit) -> Self {
        let refusal = Refusal::new(unfit.code, unfit.detail).at("technician");
        refusal.missing(unfit.missing).into()
    }
}
