//! What every [`World`](super::World) begins with: two tenants that look alike,
//! written down through the door by their admins, once, and copied from then on.

use super::{Directory, caller_of, ground::Ground, person};
use crate::{
    audit::record::by_docket,
    chance::Counting,
    db::Committed,
    directory::incident_type,
    door::{Call, Door},
    identity::Caller,
};
use kernel::{
    canonical::Digest,
    clock::StillClock,
    id::{Id, Identified, Principal, Tenant},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// The database of a world that has just begun, and the ids in it.
pub(super) struct Template {
    pub ground: Ground,
    pub home: Directory,
    pub other: Directory,
}

/// How far the ids of the template have counted at most.
pub(super) const IDS_MAX: u64 = 100_000;

/// The template, which the first test to want it makes.
pub(super) static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    // The door is asynchronous and a test may be too; a runtime cannot be
    // entered twice from one thread.
    let made = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(make())
    });
    made.join().unwrap()
});

async fn make() -> Template {
    let folder = tempfile::tempdir().unwrap();
    let made = super::bare_in(folder.path());
    let clock = Arc::new(StillClock::at(super::STARTS_AT.parse().unwrap()));
    let door = super::door(made.open(clock, Arc::new(Counting::default())), folder.path());
    let home = directory(&door, super::HOME, 0).await;
    let other = directory(&door, super::OTHER, 100).await;
    // Nobody else may be at a database while it is copied.
    drop(door);
    Template { ground: made.kept(folder.path()), home, other }
}

/// Writes one tenant's directory. `people` is added to the number of everybody.
async fn directory(door: &Door, tenant: Id<Tenant>, people: u64) -> Directory {
    types(door, tenant).await;
    let seeding = Seeding { door, admin: caller_of(tenant, 1 + people, &[Role::Admin]) };
    let card = json!({ "reference": "standard", "name": "Standard", "card": rate_card(), "for_everyone": true });
    let rate_card = seeding.put(Tool::RateCardPut, card).await;
    let account = json!({ "reference": "corner", "name": "Corner Shops" });
    let account = seeding.put(Tool::AccountPut, account).await;
    let site = seeding.put(Tool::SitePut, site(account)).await;
    let contact = contact(account, site, "Ada Requester", "+12025550173", Some(person(7 + people)));
    let contact = seeding.put(Tool::ContactPut, contact).await;
    let bystander = self::contact(account, site, "Bob Bystander", "+12025550174", None);
    seeding.put::<kernel::id::Contact>(Tool::ContactPut, bystander).await;
    let asset = json!({ "site": site, "reference": "front", "tag": "FRONT-1", "kind": "door" });
    let asset = seeding.put(Tool::AssetPut, asset).await;
    let mut technicians = Vec::new();
    for number in 0..3 {
        let input = technician(number, person(11 + people + number));
        technicians.push(seeding.put(Tool::TechnicianPut, input).await);
    }
    Directory { people, account, site, contact, asset, rate_card, technicians }
}

async fn types(door: &Door, tenant: Id<Tenant>) {
    let wrote = door.db().write(tenant, move |tx| {
        let entry = by_docket(tenant, tx.new_id(), tx.now(), "tenant.create");
        let seeded = incident_type::seed(tx, tenant).and_then(|()| tx.record(&entry));
        seeded.map_or_else(|no| Committed::Failed(no.into()), |done| Committed::Changed((), done))
    });
    wrote.await.unwrap();
}

struct Seeding<'a> {
    door: &'a Door,
    admin: Caller,
}

impl Seeding<'_> {
    async fn put<T: Identified>(&self, tool: Tool, input: Value) -> Id<T> {
        let mut call = Call::new(tool, input.to_string(), "test");
        call.key = Some(format!("seed-{}", Digest::of_bytes(input.to_string().as_bytes())));
        let answer = self.door.call(&self.admin, call).await.unwrap();
        let done: Value = serde_json::from_str(&answer.body).unwrap();
        done["result"]["id"].as_str().unwrap().parse().unwrap()
    }
}

fn rate_card() -> Value {
    let usd = |minor: i64| json!({ "minor": minor, "currency": "USD" });
    let labor = |minor: i64| json!({ "per_hour": usd(minor), "increment_minutes": 15, "minimum_minutes": 60 });
    json!({
        "currency": "USD",
        "labor": { "regular": labor(12_000), "overtime": labor(18_000), "travel": labor(6_000) },
        "allowance_minutes": 15,
        "trip_fee": usd(7_500),
        "part_markup": 200_000,
        "taxes": [{
            "name": "New York sales tax",
            "rate": 88_750,
            "rounding": "half_up",
            "applies_to": ["labor", "part", "trip"],
        }],
    })
}

fn site(account: Id<kernel::id::Account>) -> Value {
    json!({
        "account": account,
        "reference": "main-1",
        "name": "Main St 1",
        "address": "1 Main St, Albany, NY",
        "territory": "north",
        "zone": "America/New_York",
        "location": { "latitude_e7": 426_526_000, "longitude_e7": -737_562_000 },
        "access_code": "4711#",
    })
}

/// Somebody with a principal may ask and agree; somebody without may neither.
fn contact(
    account: Id<kernel::id::Account>,
    site: Id<kernel::id::Site>,
    name: &str,
    phone: &str,
    principal: Option<Id<Principal>>,
) -> Value {
    let mail = name.split(' ').next().unwrap().to_ascii_lowercase();
    json!({
        "account": account,
        "site": site,
        "reference": mail,
        "name": name,
        "phone": phone,
        "email": format!("{mail}@example.com"),
        "may_request": principal.is_some(),
        "may_approve": principal.is_some(),
        "principal": principal,
    })
}

/// The first two can do everything and cover the site; the third does glass
/// elsewhere. The first keeps office hours, the others work around the clock.
fn technician(number: u64, principal: Id<Principal>) -> Value {
    let everything =
        ["doors", "locks", "closers", "automatic_operators", "hardware", "frames", "glass"];
    let (skills, territories) = match number {
        0 => (&everything[..], vec!["north"]),
        1 => (&everything[..], vec!["north", "south"]),
        _ => (&everything[6..], vec!["south"]),
    };
    let (from, to) = if number == 0 { ("08:00:00", "17:00:00") } else { ("00:00:00", "00:00:00") };
    let week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let days = if number == 0 { &week[..5] } else { &week[..] };
    let shifts: Vec<_> =
        days.iter().map(|day| json!({ "weekday": day, "from": from, "to": to })).collect();
    json!({
        "reference": format!("tech-{number}"),
        "name": format!("Technician {number}"),
        "principal": principal,
        "active": true,
        "skills": skills,
        "territories": territories,
        "zone": "America/New_York",
        "shifts": shifts,
        "home": {
            "address": format!("{number} Depot Rd, Albany, NY"),
            "location": { "latitude_e7": 426_000_000 + number as i64, "longitude_e7": -737_000_000 },
        },
    })
}
