//! What the gate would say now.

use super::gate::{Gathered, gather};
use crate::{
    db::Snap,
    door::{Before, Look, Looked, Sight},
    failure::Failure,
};
use kernel::{
    gate::{Required, Verdict, gate},
    id::{self, Id},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Ask what is missing before a ticket may close.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assess {
    pub ticket: Id<id::Ticket>,
}

#[derive(Debug, Serialize)]
pub struct Assessed {
    #[serde(flatten)]
    pub verdict: Verdict,
    pub required: Required,
}

impl Look for Assess {
    // An answer from the rows alone would not know what happened to the bytes.
    const BEFORE: Before = Before::Reread;

    fn ticket(&self) -> Option<Id<id::Ticket>> {
        Some(self.ticket)
    }

    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let (ticket, _) = sight.the_ticket()?;
        let gathered = gather(snap, sight.caller.tenant, ticket, sight.reread)?;
        let Gathered { required, present } = gathered;
        let verdict = gate(&required, &present, snap.now());
        Ok(Looked::new(&Assessed { verdict, required })?.version(ticket.version))
    }
}
