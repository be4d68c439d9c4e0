//! Reading who does the work, each as far as the caller may see them.

use super::{Technician, absences, store};
use crate::{
    db::Snap,
    directory::location::Location,
    door::{Look, Looked, Sight},
    failure::Failure,
    page::{self, Limit, Page},
};
use jiff::Timestamp;
use kernel::{
    field::Field,
    hours::{Shift, Span},
    id::{self, Id, Principal},
    key::Key,
    role::{Role, Roles},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Read who does the work, a page at a time, with when they are away from now on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Those who no longer work here, too.
    #[serde(default)]
    pub inactive_too: bool,
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Id<id::Technician>>,
}

/// Agents plan with ids and skills; they need no names.
const NAMES: Roles = Roles::of(&[Role::Dispatcher, Role::Admin, Role::Auditor]);

#[derive(Debug, Serialize)]
struct Seen {
    id: Id<id::Technician>,
    active: bool,
    skills: BTreeSet<Key>,
    territories: BTreeSet<String>,
    zone: String,
    shifts: Vec<Shift>,
    absences: Vec<Span>,
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<Id<Principal>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home: Option<Home>,
}

#[derive(Debug, Serialize)]
struct Home {
    address: String,
    location: Option<Location>,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let (tenant, roles) = (sight.caller.tenant, sight.caller.roles);
        let after = page::after(self.after);
        let found = store::page(snap, tenant, &after, self.limit.rows(), self.inactive_too)?;
        let page = Page::cut(found, self.limit, |last| last.id);

        let mut items = Vec::with_capacity(page.items.len());
        for technician in page.items {
            let away = absences(snap, tenant, technician.id, snap.now(), Timestamp::MAX)?;
            items.push(technician.seen(away, roles));
        }
        Looked::new(&Page { items, next: page.next })
    }
}

impl Technician {
    fn seen(self, absences: Vec<Span>, roles: Roles) -> Seen {
        let named = !NAMES.intersection(roles).is_empty();
        let location = Location::of(self.latitude_e7, self.longitude_e7);
        let home = self.home.filter(|_| Field::Contact.seen_by(roles));
        Seen {
            id: self.id,
            active: self.active,
            skills: self.skills,
            territories: self.territories,
            zone: self.zone,
            shifts: self.shifts,
            absences,
            reference: self.reference,
            name: named.then_some(self.name),
            principal: self.principal.filter(|_| named),
            home: home.map(|address| Home { address, location }),
        }
    }
}
