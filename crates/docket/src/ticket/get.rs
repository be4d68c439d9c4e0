//! Reading one ticket, as far as the caller may see it.

use super::view;
use crate::{
    db::Snap,
    door::{Look, Looked, Sight},
    failure::Failure,
};
use kernel::id::{self, Id};
use schemars::JsonSchema;
use serde::Deserialize;

/// Read one ticket.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    pub ticket: Id<id::Ticket>,
}

impl Look for Get {
    fn ticket(&self) -> Option<Id<id::Ticket>> {
        Some(self.ticket)
    }

    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let (ticket, claim) = sight.the_ticket()?;
        let view = view::of(snap, sight, ticket, claim)?;
        Ok(Looked::new(&view)?.version(ticket.version))
    }
}
