//! The people who drive out: twelve technicians, each with skills, territories
//! and hours.

use jiff::tz::TimeZone;
use kernel::key::Key;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody who drives out.
#[derive(Clone, Debug)]
pub struct Member {
    pub name: &'static str,
    pub skills: BTreeSet<Key>,
    pub territories: BTreeSet<Key>,
    pub zone: TimeZone,
    pub zone_name: String,
    /// Works at any hour of any day; everybody else from Monday to Saturday.
    pub on_call: bool,
}

const NAMES: [&str; 12] = [
    "Ada Brandvold",
    "Bram Okafor-Lind",
    "Carys Dunmore",
    "Dov Ishikawa",
    "Edda Marlowe",
    "Fabrice Toomey",
    "Greta Van Horne",
    "Hollis Quaye",
    "Ines Thackeray",
    "Jory Sandoval",
    "Kit Abernethy",
    "Lior Pasternak",
];

/// What the trade knows how to do, apart from what most cannot.
const TRADE: [&str; 4] = ["doors", "locks", "closers", "inspection"];
const RARE: [&str; 3] = ["automatic_operators", "frames", "glass"];

/// Twelve people for these territories, which have these zones. The first of
/// each territory is on call; nobody in the last territory of several works
/// with glass, the twelfth has yet to learn about locks, and nobody at all knows
/// lifts.
pub fn of(territories: &BTreeMap<Key, String>) -> Vec<Member> {
    let all: Vec<_> = territories.iter().collect();
    let mut crew: Vec<_> = (0..NAMES.len()).map(|at| member(at, &all)).collect();
    // One who drives everywhere in the zone, where there is more than one place.
    for member in crew.iter_mut().filter(|member| member.on_call) {
        let near = all.iter().filter(|(_, zone)| **zone == member.zone_name);
        member.territories.extend(near.map(|(territory, _)| (*territory).clone()));
    }
    crew
}

fn member(at: usize, territories: &[(&Key, &String)]) -> Member {
    let home = at % territories.len();
    let (territory, zone_name) = territories[home];
    let round = at / territories.len();
    let no_glass = territories.len() > 1 && home + 1 == territories.len();
    let rare = RARE.iter().filter(|skill| match **skill {
        "glass" | "frames" => !no_glass && round != 1,
        _ => round != 2,
    });
    let apprentice = at + 1 == NAMES.len();
    let common = TRADE.iter().filter(|skill| !apprentice || **skill != "locks");
    let skills = common.chain(rare).map(|skill| known(skill)).collect();
    Member {
        name: NAMES[at],
        skills,
        territories: BTreeSet::from([territory.clone()]),
        zone: TimeZone::get(zone_name).unwrap_or(TimeZone::UTC),
        zone_name: zone_name.clone(),
        on_call: round == 0,
    }
}

fn known(skill: &str) -> Key {
    skill.parse().expect("every skill above is a key")
}

impl Member {
    /// As `technician.put` wants it.
    pub fn put(&self, reference: usize, principal: &str) -> Value {
        json!({
            "reference": format!("T-{:02}", reference + 1),
            "name": self.name,
            "principal": principal,
            "active": true,
            "skills": self.skills,
            "territories": self.territories,
            "zone": self.zone_name,
            "shifts": self.shifts(),
        })
    }

    fn shifts(&self) -> Vec<Value> {
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let (from, to) = if self.on_call { ("00:00", "00:00") } else { ("07:00", "19:00") };
        let works = days.iter().filter(|day| self.on_call || **day != "sunday");
        works.map(|day| json!({ "weekday": day, "from": from, "to": to })).collect()
    }
}
