//! The tenant that the demo makes: who works there, whom they work for, what
//! they know how to do and what it costs. All of it goes through the door.

use super::{
    call::{Incoming, Place},
    cast::{Actor, Cast, No},
    crew::{self, Member},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use kernel::{
    id::{self, Id, Principal},
    key::Key,
    role::Role,
    tool::Tool,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Records that are written at once.
const AT_ONCE: usize = 32;

/// Everything the people of the demo know of their tenant.
pub struct Town {
    pub staff: Staff,
    pub crew: Vec<Hired>,
    pub types: BTreeMap<Key, Type>,
    sites: BTreeMap<String, Known>,
    callers: BTreeMap<(String, String), Contact>,
}

/// Who works in the office, as they sign in.
#[derive(Clone, Copy)]
pub struct Staff {
    pub admin: Actor,
    pub dispatcher: Actor,
    pub second_dispatcher: Actor,
    pub qa: Actor,
    pub approver: Actor,
    pub finance: Actor,
    pub auditor: Actor,
    pub intake: Actor,
    pub scheduling: Actor,
    pub closeout: Actor,
    liaison: Id<Principal>,
}

/// A technician and who they are in Docket.
pub struct Hired {
    pub member: Member,
    pub technician: Id<id::Technician>,
    pub actor: Actor,
    /// The agent that helps them on site.
    pub liaison: Actor,
}

/// A site on file.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub site: Id<id::Site>,
    pub account: Id<id::Account>,
    pub door: Id<id::Asset>,
}

/// A contact on file, and as whom they sign in.
#[derive(Clone, Debug)]
pub struct Contact {
    pub id: Id<id::Contact>,
    pub actor: Actor,
    pub reached: Reached,
}

/// How a contact is reached, and what they may do.
#[derive(Clone, Debug)]
pub struct Reached {
    pub phone: Option<String>,
    pub email: Option<String>,
    pub may_request: bool,
    pub may_approve: bool,
}

/// What an incident type asks for, as `type.list` tells it.
#[derive(Clone, Debug)]
pub struct Type {
    pub skills: BTreeSet<Key>,
    pub minutes: u32,
    pub evidence: BTreeSet<Key>,
    pub checklist: BTreeSet<Key>,
    pub high_risk: bool,
    pub limit_minor: i64,
}

impl Town {
    /// Makes everything that the calls need.
    ///
    /// # Errors
    /// If Docket refuses any of it, which would be a mistake of the demo.
    pub async fn make(cast: &Cast, admin: Actor, calls: &[Incoming]) -> Result<Self, No> {
        let staff = hire(cast, admin).await?;
        price(cast, admin).await?;
        learn(cast, admin, calls).await?;
        let types = types(cast, staff.dispatcher).await?;
        let territories = calls
            .iter()
            .map(|call| (call.place.territory.clone(), call.place.zone.clone()))
            .collect();
        let crew = engage(cast, &staff, crew::of(&territories)).await?;
        let accounts = accounts(cast, admin, calls).await?;
        let sites = sites(cast, admin, calls, &accounts).await?;
        let callers = contacts(cast, admin, calls, &sites).await?;
        Ok(Self { staff, crew, types, sites, callers })
    }

    pub fn site(&self, place: &Place) -> Known {
        self.sites[&place.reference]
    }

    pub fn sites(&self) -> usize {
        self.sites.len()
    }

    pub fn accounts(&self) -> usize {
        self.sites.values().map(|known| known.account).collect::<BTreeSet<_>>().len()
    }

    pub fn contacts(&self) -> usize {
        self.callers.len()
    }

    /// Who called, if the customer's list knows them.
    pub fn caller(&self, call: &Incoming) -> Option<&Contact> {
        self.callers.get(&caller_of(call))
    }

    /// Whoever at the customer may ask for work at the place.
    pub fn requester(&self, place: &Place) -> Option<&Contact> {
        self.at(place).find(|contact| contact.reached.may_request)
    }

    /// Whether somebody at the customer may agree to more money.
    pub fn may_approve(&self, place: &Place) -> bool {
        self.at(place).any(|contact| contact.reached.may_approve)
    }

    /// Everybody who speaks for the place, or for all of the account.
    fn at(&self, place: &Place) -> impl Iterator<Item = &Contact> {
        let scopes = [place.reference.clone(), place.account.to_string()];
        self.callers.iter().filter(move |((scope, _), _)| scopes.contains(scope)).map(|it| it.1)
    }
}

async fn put<T: DeserializeOwned>(
    cast: &Cast,
    actor: Actor,
    tool: Tool,
    input: Value,
) -> Result<T, No> {
    let mut reply = cast.call(actor, tool, &input, None).await?;
    Ok(serde_json::from_value(reply.body["id"].take())?)
}

async fn principal(
    cast: &Cast,
    admin: Actor,
    name: &str,
    kind: &str,
    role: Role,
) -> Result<Id<Principal>, No> {
    let input = json!({ "kind": kind, "name": name, "roles": [role] });
    put(cast, admin, Tool::PrincipalPut, input).await
}

async fn hire(cast: &Cast, admin: Actor) -> Result<Staff, No> {
    let user = async |name, role| {
        Ok::<_, No>(Actor::new(principal(cast, admin, name, "user", role).await?, role))
    };
    let agent = async |name, role| principal(cast, admin, name, "agent", role).await;
    let dispatcher = user("Nadia Fry", Role::Dispatcher).await?;
    let second_dispatcher = user("Piet Lanyon", Role::Dispatcher).await?;
    let qa = user("Sunniva Achterberg", Role::Qa).await?;
    let approver = user("Theo Marchbanks", Role::Approver).await?;
    let finance = user("Uma Dale", Role::Finance).await?;
    let auditor = user("Viggo Ransome", Role::Auditor).await?;
    let acting = |agent, role, person: Actor| Actor::new(agent, role).acting_for(person.principal);
    Ok(Staff {
        admin,
        dispatcher,
        second_dispatcher,
        qa,
        approver,
        finance,
        auditor,
        intake: acting(
            agent("Intake agent", Role::AgentIntake).await?,
            Role::AgentIntake,
            second_dispatcher,
        ),
        scheduling: acting(
            agent("Scheduling agent", Role::AgentScheduling).await?,
            Role::AgentScheduling,
            dispatcher,
        ),
        closeout: acting(
            agent("Closeout agent", Role::AgentCloseout).await?,
            Role::AgentCloseout,
            finance,
        ),
        liaison: agent("Liaison agent", Role::AgentLiaison).await?,
    })
}

async fn price(cast: &Cast, admin: Actor) -> Result<(), No> {
    let dollars = |minor: i64| json!({ "minor": minor, "currency": "USD" });
    let labor = |minor: i64| json!({ "per_hour": dollars(minor), "increment_minutes": 15, "minimum_minutes": 30 });
    let input = json!({
        "reference": "standard",
        "name": "Standard rates",
        "for_everyone": true,
        "card": {
            "currency": "USD",
            "labor": { "regular": labor(11_500), "overtime": labor(17_250) },
            "allowance_minutes": 15,
            "trip_fee": dollars(8_500),
            "part_markup": 200_000,
            "taxes": [{
                "name": "Sales tax on parts",
                "rate": 88_750,
                "rounding": "half_up",
                "applies_to": ["part"],
            }],
        },
    });
    cast.call(admin, Tool::RateCardPut, &input, None).await.map(drop)
}

/// Registers the incident types of the file that the tenant does not have.
async fn learn(cast: &Cast, admin: Actor, calls: &[Incoming]) -> Result<(), No> {
    let known = types(cast, admin).await?;
    let kinds: BTreeSet<_> = calls.iter().filter_map(|call| call.kind.as_ref()).collect();
    for kind in kinds.into_iter().filter(|kind| !known.contains_key(&kind.key)) {
        let written = cast.call(admin, Tool::TypePut, &template(kind), None).await?;
        let input = json!({ "name": kind.key, "version": written.body["version"] });
        cast.call(admin, Tool::TypeActivate, &input, None).await?;
    }
    Ok(())
}

/// A template for a kind of which only the name is known: go there, look, write down.
fn template(kind: &super::call::Kind) -> Value {
    let skill = if kind.key.as_str().contains("elevator") { "elevators" } else { "inspection" };
    json!({
        "name": kind.key,
        "title": kind.name,
        "category": "city_services",
        "default_priority": "routine",
        "duration_minutes": 60,
        "skills": [skill],
        "evidence": ["photo_before", "photo_after", "signature_or_no_signature_reason"],
        "checklist": [
            "work_performed", "parts_used_or_needed", "resolution_status",
            "onsite_photos_after", "billing_authorization",
        ],
        "nte_guidance_minor": 40_000,
        "approval_above_minor": 150_000,
    })
}

/// The incident types in use.
async fn types(cast: &Cast, actor: Actor) -> Result<BTreeMap<Key, Type>, No> {
    let mut types = BTreeMap::new();
    let mut after = Value::Null;
    loop {
        let input = json!({ "limit": 200, "after": after });
        let mut page = cast.call(actor, Tool::TypeList, &input, None).await?.body;
        let items: Vec<Value> = serde_json::from_value(page["items"].take())?;
        for mut item in items {
            let mut template = item["template"].take();
            let name: Key = serde_json::from_value(template["name"].take())?;
            let kind = Type {
                skills: serde_json::from_value(template["skills"].take())?,
                minutes: template["duration_minutes"].as_u64().unwrap_or(60) as u32,
                evidence: serde_json::from_value(template["evidence"].take())?,
                checklist: serde_json::from_value(template["checklist"].take())?,
                high_risk: template["high_risk"].as_bool().unwrap_or(false),
                limit_minor: template["nte_guidance_minor"].as_i64().unwrap_or(40_000),
            };
            types.insert(name, kind);
        }
        after = page["next"].take();
        if after.is_null() {
            return Ok(types);
        }
    }
}

async fn engage(cast: &Cast, staff: &Staff, members: Vec<Member>) -> Result<Vec<Hired>, No> {
    let mut crew = Vec::new();
    for (at, member) in members.into_iter().enumerate() {
        let who = principal(cast, staff.admin, member.name, "user", Role::Technician).await?;
        let input = member.put(at, &who.to_string());
        let technician = put(cast, staff.admin, Tool::TechnicianPut, input).await?;
        crew.push(Hired {
            member,
            technician,
            actor: Actor::new(who, Role::Technician),
            liaison: Actor::new(staff.liaison, Role::AgentLiaison).acting_for(who),
        });
    }
    Ok(crew)
}

async fn accounts(
    cast: &Cast,
    admin: Actor,
    calls: &[Incoming],
) -> Result<BTreeMap<String, Id<id::Account>>, No> {
    let names: BTreeSet<_> = calls.iter().map(|call| call.place.account.to_string()).collect();
    let mut accounts = BTreeMap::new();
    for name in names {
        let input = json!({ "reference": short("acc", &name), "name": name });
        accounts.insert(name, put(cast, admin, Tool::AccountPut, input).await?);
    }
    Ok(accounts)
}

async fn sites(
    cast: &Cast,
    admin: Actor,
    calls: &[Incoming],
    accounts: &BTreeMap<String, Id<id::Account>>,
) -> Result<BTreeMap<String, Known>, No> {
    let places: BTreeMap<_, _> =
        calls.iter().map(|call| (call.place.reference.clone(), &call.place)).collect();
    let making = places.into_iter().map(async |(reference, place)| {
        let account = accounts[place.account.as_str()];
        let site = site(cast, admin, account, place).await?;
        let asset = json!({
            "reference": short("ast", &reference),
            "site": site,
            "tag": "D-1",
            "kind": "entrance",
        });
        let door = put(cast, admin, Tool::AssetPut, asset).await?;
        Ok::<_, No>((reference, Known { site, account, door }))
    });
    stream::iter(making).buffer_unordered(AT_ONCE).try_collect().await
}

async fn site(
    cast: &Cast,
    admin: Actor,
    account: Id<id::Account>,
    place: &Place,
) -> Result<Id<id::Site>, No> {
    let e7 = |degrees: f64| (degrees * 1e7).round() as i64;
    let location = place
        .location
        .map(|(north, east)| json!({ "latitude_e7": e7(north), "longitude_e7": e7(east) }));
    let input = json!({
        "reference": short("sit", &place.reference),
        "account": account,
        "name": place.name,
        "address": place.address,
        "territory": place.territory,
        "zone": place.zone,
        "location": location,
        "access_code": format!("keypad {}", &short("", &place.reference)[1..5]),
    });
    put(cast, admin, Tool::SitePut, input).await
}

/// Everybody whom a customer's list knows, each with a way to sign in.
async fn contacts(
    cast: &Cast,
    admin: Actor,
    calls: &[Incoming],
    sites: &BTreeMap<String, Known>,
) -> Result<BTreeMap<(String, String), Contact>, No> {
    let mut people = BTreeMap::new();
    for call in calls.iter().filter(|call| known(call)) {
        people.entry(caller_of(call)).or_insert(call);
    }
    let names: BTreeSet<_> = people.values().map(|call| signs_in_as(call)).collect();
    let making = names.into_iter().map(async |who| {
        let id = principal(cast, admin, &who.1, "user", Role::Customer).await?;
        Ok::<_, No>((who, id))
    });
    let principals: BTreeMap<_, _> =
        stream::iter(making).buffer_unordered(AT_ONCE).try_collect().await?;

    let making = people.into_iter().enumerate().map(async |(at, (key, call))| {
        let known = sites[&call.place.reference];
        let who = reached(call, at);
        let principal = principals[&signs_in_as(call)];
        let input = json!({
            "reference": short("con", &format!("{} {}", key.0, key.1)),
            "account": known.account,
            "site": call.caller.name.is_some().then_some(known.site),
            "name": key.1,
            "phone": who.phone,
            "email": who.email,
            "may_request": who.may_request,
            "may_approve": who.may_approve,
            "principal": principal,
        });
        let id = put(cast, admin, Tool::ContactPut, input).await?;
        Ok::<_, No>((
            key,
            Contact { id, actor: Actor::new(principal, Role::Customer), reached: who },
        ))
    });
    stream::iter(making).buffer_unordered(AT_ONCE).try_collect().await
}

fn known(call: &Incoming) -> bool {
    use super::call::OnFile;
    // A file that names nobody has its desk call, even where it does not say how.
    call.caller.on_file != OnFile::No || call.caller.name.is_none()
}

/// How a contact is reached. A file that names nobody has a desk of our making.
fn reached(call: &Incoming, at: usize) -> Reached {
    let caller = &call.caller;
    let desk = caller.name.is_none();
    let phone = caller.phone.as_ref().map(|phone| phone.as_str().to_owned());
    let email = caller.email.as_ref().map(|email| email.as_str().to_owned());
    Reached {
        phone: phone.or_else(|| desk.then(|| format!("+121255501{:02}", at % 100))),
        email: email.or_else(|| desk.then(|| format!("desk-{at}@311.example.com"))),
        may_request: desk || caller.on_file.may_request(),
        may_approve: desk || caller.on_file.may_approve(),
    }
}

/// Somebody is known by where they speak for and their name; nobody named is
/// the desk of the agency.
fn caller_of(call: &Incoming) -> (String, String) {
    let (account, name) = signs_in_as(call);
    (if call.caller.name.is_some() { call.place.reference.clone() } else { account }, name)
}

fn signs_in_as(call: &Incoming) -> (String, String) {
    let account = call.place.account.to_string();
    let name = match &call.caller.name {
        Some(name) => name.to_string(),
        None => format!("311 desk of {account}").chars().take(120).collect(),
    };
    (account, name)
}

/// A reference of our own, short and the same every time.
fn short(prefix: &str, text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    format!("{prefix}-{}", hex::encode(&digest[..10]))
}
