//! Writing a technician down.

use super::store;
use crate::{
    db::Tx,
    directory::{location::Location, record, zone},
    door::{Act, Verb},
    failure::Failure,
};
use kernel::{
    hours::Shift,
    id::{Id, Principal, Technician},
    key::Key,
    text::Line,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Add somebody who does the work, or change them. What is left out is taken away.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Which technician to change.
    pub id: Option<Id<Technician>>,
    /// Your own key for them; without `id`, the technician that has it is changed.
    pub reference: Option<Line<64>>,
    pub name: Line<200>,
    /// The user as whom they sign in.
    pub principal: Option<Id<Principal>>,
    /// Whether they work here now.
    pub active: bool,
    pub skills: BTreeSet<Key>,
    /// The territories they go to.
    pub territories: BTreeSet<Line<64>>,
    /// IANA time zone of the shifts.
    pub zone: Line<64>,
    pub shifts: Vec<Shift>,
    pub home: Option<Home>,
}

/// Where a technician sets out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Home {
    pub address: Line<400>,
    pub location: Option<Location>,
}

impl Verb for Put {
    type Done = record::Put<Technician>;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Self::Done, Failure> {
        let tenant = act.caller.tenant;
        let put = store::target(tx, tenant, &self)?;
        record::check_user(tx, tenant, self.principal)?;
        zone::named(&self.zone).map_err(|no| no.at("zone"))?;

        store::put(tx, tenant, put.id, &self)?;
        act.subject(put.id);
        act.fact("active", self.active);
        Ok(put)
    }
}
