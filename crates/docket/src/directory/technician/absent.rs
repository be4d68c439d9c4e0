//! Writing down when a technician is away.

use super::{find, store};
use crate::{
    db::Tx,
    door::{Act, Verb},
    failure::Failure,
};
use jiff::Timestamp;
use kernel::{
    hours::Span,
    id::{self, Id, Technician},
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Say when somebody is away. Work already given to them is not moved; the
/// answer names it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Absent {
    pub technician: Id<Technician>,
    /// An absence that begins then is changed.
    pub start: Timestamp,
    /// Left out, the absence that begins then is taken back.
    pub end: Option<Timestamp>,
    pub reason: Option<Line<200>>,
}

#[derive(Debug, Serialize)]
pub struct Noted {
    pub technician: Id<Technician>,
    /// Tickets that are planned for them while they are away.
    pub affected: Vec<Id<id::Ticket>>,
}

impl Verb for Absent {
    type Done = Noted;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Noted, Failure> {
        let (tenant, technician) = (act.caller.tenant, self.technician);
        // Whoever is being sent now is either named in the answer or not sent.
        store::lock(tx, technician);
        find(tx, tenant, technician)?;
        act.subject(technician);
        let Some(end) = self.end else {
            return self.take_back(tx, act);
        };
        let away = Span::new(self.start, end);
        if away.is_empty() {
            let detail = "an absence ends after it starts";
            return Err(Refusal::new(Code::WindowMalformed, detail).at("end").into());
        }

        store::note_absence(tx, tenant, technician, away, self.reason.as_deref())?;
        let affected = store::planned(tx, tenant, technician, away)?;
        act.fact("affected", affected.len());
        Ok(Noted { technician, affected })
    }
}

impl Absent {
    fn take_back(&self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Noted, Failure> {
        if !store::drop_absence(tx, act.caller.tenant, self.technician, self.start)? {
            let detail = "no absence begins then";
            return Err(Refusal::new(Code::RecordNotFound, detail).at("start").into());
        }
        act.fact("taken_back", true);
        Ok(Noted { technician: self.technician, affected: Vec::new() })
    }
}
