//! Technicians: who does the work, what they can do, where and when.

pub mod absent;
pub mod list;
pub mod put;
mod store;

pub(crate) use store::{
    absences, all_active, everybody, find, foresee, foresee_absences, foresee_all_active,
    foresee_everybody, lock,
};

use crate::failure::Fault;
use jiff::tz::TimeZone;
use kernel::{
    hours::Shift,
    id::{self, Id, Principal},
    key::Key,
};
use std::collections::BTreeSet;

/// Somebody who does the work.
#[derive(Clone, Debug)]
pub struct Technician {
    pub id: Id<id::Technician>,
    pub name: String,
    /// The tenant's own key.
    pub reference: Option<String>,
    /// As whom they sign in.
    pub principal: Option<Id<Principal>>,
    /// Whether they work here now.
    pub active: bool,
    pub skills: BTreeSet<Key>,
    pub territories: BTreeSet<String>,
    /// IANA; the zone of the shifts.
    pub zone: String,
    pub shifts: Vec<Shift>,
    pub home: Option<String>,
    /// Where home is, in ten-millionths of a degree.
    pub latitude_e7: Option<i64>,
    pub longitude_e7: Option<i64>,
}

impl Technician {
    /// Which of the skills they do not have.
    pub fn lacks(&self, skills: &BTreeSet<Key>) -> Vec<Key> {
        skills.difference(&self.skills).cloned().collect()
    }

    /// Whether they go to a territory. A place that has none is for everybody.
    pub fn covers(&self, territory: Option<&str>) -> bool {
        territory.is_none_or(|territory| self.territories.contains(territory))
    }

    /// The zone in which the shifts are meant.
    ///
    /// # Errors
    /// If this release does not know the zone any more.
    pub(crate) fn time_zone(&self) -> Result<TimeZone, Fault> {
        super::zone::stored(&self.zone)
    }
}

#[cfg(test)]
mod tests;
