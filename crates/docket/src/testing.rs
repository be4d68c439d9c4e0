//! A small world to test in: one database, two tenants that look alike, a few
//! people, and a clock that stands still. Everything in it goes through the
//! door, as it would for real.

pub mod back;
pub mod crowd;
pub mod finish;
pub mod ground;
pub mod s3;
mod seed;
pub mod stage;

use crate::{
    chance::Counting,
    config::{Outbox, Way},
    crew,
    db::Db,
    door::{Answer, Call, Denied, Door},
    evidence::Store,
    identity::{Caller, Ring},
    job::work::{self, Options},
    outgoing::Carriers,
    packet::Seal,
    policy,
    tenant::Settings,
    ticket::{self, Ticket},
};
use back::Back;
use ground::Ground;
use jiff::{SignedDuration, Timestamp};
use kernel::{
    clock::{Clock, StillClock},
    id::{Account, Asset, Contact, Id, Principal, RateCard, Site, Technician, Tenant},
    role::{Role, Roles},
    tool::Tool,
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tempfile::TempDir;

/// A Monday morning, 04:00 at the site.
pub const STARTS_AT: &str = "2026-03-02T09:00:00Z";

const HOME: Id<Tenant> = Id::from_parts(1, 1);
const OTHER: Id<Tenant> = Id::from_parts(1, 2);

pub struct World {
    pub door: Door,
    pub clock: Arc<StillClock>,
    pub tenant: Id<Tenant>,
    keys: AtomicU64,
    pub folder: TempDir,
    pub ground: Ground,
}

/// What a tenant of the world has written down. Its types are the seeded six.
pub struct Directory {
    /// What is added to the number of everybody in [`World::caller`].
    pub people: u64,
    pub account: Id<Account>,
    /// In territory `north`, with an access code.
    pub site: Id<Site>,
    /// May ask for work and agree to its cost; signs in as [`World::customer`].
    pub contact: Id<Contact>,
    pub asset: Id<Asset>,
    /// The card of everyone.
    pub rate_card: Id<RateCard>,
    /// Two who can do everything at the site, the first in office hours only,
    /// and one who does glass in territory `south`.
    pub technicians: Vec<Id<Technician>>,
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ground = seed::TEMPLATE.ground.copied(folder.path());
        Self::of(folder, ground, seed::IDS_MAX)
    }

    /// A world with tenants and people, and nothing written down yet: no
    /// directory, no types, no audit entry.
    pub fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ground = bare_in(folder.path());
        Self::of(folder, ground, 0)
    }

    fn of(folder: TempDir, ground: Ground, ids_after: u64) -> Self {
        let clock = Arc::new(StillClock::at(STARTS_AT.parse().unwrap()));
        let db = ground.open(clock.clone(), Arc::new(Counting::after(ids_after)));
        let door = door(db, folder.path());
        Self { door, clock, tenant: HOME, keys: AtomicU64::new(0), folder, ground }
    }

    /// Past the door and everything behind it.
    pub fn back(&self) -> Back {
        self.ground.back()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Somebody with these roles. The same number is the same person; those
    /// from 1 to 30 are principals.
    pub fn caller(&self, number: u64, roles: &[Role]) -> Caller {
        Caller {
            expires: self.now() + SignedDuration::from_mins(15),
            ..caller_of(HOME, number, roles)
        }
    }

    pub fn admin(&self) -> Caller {
        self.caller(1, &[Role::Admin])
    }

    pub fn dispatcher(&self) -> Caller {
        self.caller(2, &[Role::Dispatcher])
    }

    pub fn other_dispatcher(&self) -> Caller {
        self.caller(3, &[Role::Dispatcher])
    }

    pub fn qa(&self) -> Caller {
        self.caller(4, &[Role::Qa])
    }

    pub fn approver(&self) -> Caller {
        self.caller(5, &[Role::Approver])
    }

    pub fn finance(&self) -> Caller {
        self.caller(6, &[Role::Finance])
    }

    /// The one who signs in as [`World::contact`].
    pub fn customer(&self) -> Caller {
        self.caller(7, &[Role::Customer])
    }

    pub fn auditor(&self) -> Caller {
        self.caller(8, &[Role::Auditor])
    }

    /// The one who signs in as [`World::technician`] of this number.
    pub fn tech_caller(&self, number: usize) -> Caller {
        self.caller(11 + number as u64, &[Role::Technician])
    }

    /// An agent by its role, acting for nobody but itself.
    pub fn agent(&self, role: Role) -> Caller {
        assert!(role.is_agent());
        self.caller(21 + role as u64 - Role::AgentIntake as u64, &[role])
    }

    /// Somebody with these roles at the other tenant.
    pub fn stranger(&self, number: u64, roles: &[Role]) -> Caller {
        caller_of(OTHER, number + self.other().people, roles)
    }

    /// What our tenant has written down.
    pub fn home(&self) -> &'static Directory {
        &seed::TEMPLATE.home
    }

    /// What the other tenant has written down.
    pub fn other(&self) -> &'static Directory {
        &seed::TEMPLATE.other
    }

    pub fn other_tenant(&self) -> Id<Tenant> {
        OTHER
    }

    pub fn account(&self) -> Id<Account> {
        self.home().account
    }

    pub fn site(&self) -> Id<Site> {
        self.home().site
    }

    pub fn contact(&self) -> Id<Contact> {
        self.home().contact
    }

    pub fn asset(&self) -> Id<Asset> {
        self.home().asset
    }

    pub fn rate_card(&self) -> Id<RateCard> {
        self.home().rate_card
    }

    pub fn technician(&self, number: usize) -> Id<Technician> {
        self.home().technicians[number]
    }

    /// Calls a tool under a new idempotency key and reads the answer as JSON.
    pub async fn call(&self, caller: &Caller, tool: Tool, input: Value) -> Result<Value, Denied> {
        let mut call = Call::new(tool, input.to_string(), "test");
        call.key = Some(format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed)));
        self.send(caller, call).await.map(|answer| serde_json::from_str(&answer.body).unwrap())
    }

    /// Calls a tool on a ticket, at the version that the ticket has now.
    pub async fn on(
        &self,
        caller: &Caller,
        tool: Tool,
        ticket: Id<kernel::id::Ticket>,
        mut input: Value,
    ) -> Result<Value, Denied> {
        input["ticket"] = serde_json::json!(ticket);
        let mut call = Call::new(tool, input.to_string(), "test");
        call.key = Some(format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed)));
        call.if_match = self.ticket(ticket).map(|ticket| ticket.version);
        self.send(caller, call).await.map(|answer| serde_json::from_str(&answer.body).unwrap())
    }

    /// Everything into one folder.
    pub fn carriers(&self) -> Carriers {
        self.carriers_for(Some(Way::Folder), Some(Way::Folder))
    }

    /// What these take, into one folder.
    pub fn carriers_for(&self, email: Option<Way>, phone: Option<Way>) -> Carriers {
        let folder = self.outbox();
        let (smtp, sms, webhook) = (None, None, None);
        Carriers::open(&Outbox { email, phone, attempts: 16, folder, smtp, sms, webhook }).unwrap()
    }

    /// The folder that texts are delivered into.
    pub fn outbox(&self) -> PathBuf {
        self.folder.path().join("outbox")
    }

    /// Has everything done that is due, and says how many jobs were begun.
    pub async fn work_off(&self) -> usize {
        self.work_off_at(&self.door, &self.carriers()).await
    }

    /// The same, by the process of this door and with these carriers.
    pub async fn work_off_at(&self, door: &Door, carriers: &Carriers) -> usize {
        let crew = crew::crew(door, carriers);
        let options = Options::new(4, "test".to_owned());
        work::work_off(door.db(), &crew, &options).await.unwrap()
    }

    /// Does what is due, and answers what has been delivered until now: every
    /// letter in the order it was queued.
    pub async fn delivered(&self) -> Vec<Value> {
        self.work_off().await;
        let Ok(files) = fs::read_dir(self.outbox()) else { return Vec::new() };
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| serde_json::from_slice(&fs::read(file).unwrap()).unwrap()).collect()
    }

    /// The ticket as it is kept.
    pub fn ticket(&self, id: Id<kernel::id::Ticket>) -> Option<Ticket> {
        self.door
            .db()
            .read_waiting(self.tenant, |snap| Ok(ticket::find(snap, self.tenant, id)?))
            .unwrap()
    }

    pub async fn send(&self, caller: &Caller, call: Call) -> Result<Answer, Denied> {
        self.door.call(caller, call).await
    }
}

/// A door with its store in the folder, and a key for packets that everybody knows.
/// The keys of policy tokens are those in the folder, once they were made.
pub fn door(db: Db, folder: &Path) -> Door {
    let store = Store::folder(folder.join("evidence"), Arc::new(Counting::default())).unwrap();
    let door = Door::new(db, store, Seal::new(ed25519_dalek::SigningKey::from_bytes(&[7; 32])));
    door.permitting_by(policy::Keys::of(Ring::of_policies(&folder.join("keys"))));
    door
}

/// The code of the refusal that a call was answered with.
pub fn code<T: std::fmt::Debug>(answer: Result<T, Denied>) -> &'static str {
    match answer {
        Err(Denied::Refused(refusal, entry)) => {
            assert!(entry.is_some(), "every refusal leaves an entry");
            refusal.code.name()
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// The refusal that a call was answered with.
pub fn refusal<T: std::fmt::Debug>(answer: Result<T, Denied>) -> Box<kernel::refusal::Refusal> {
    match answer {
        Err(Denied::Refused(refusal, Some(_))) => refusal,
        other => panic!("expected a refusal with its entry, got {other:?}"),
    }
}

pub fn person(number: u64) -> Id<Principal> {
    Id::from_parts(1, number.into())
}

fn caller_of(tenant: Id<Tenant>, number: u64, roles: &[Role]) -> Caller {
    Caller {
        tenant,
        operator: false,
        actor: person(number),
        on_behalf_of: None,
        roles: Roles::of(roles),
        token: format!("token-{number}"),
        key: None,
        expires: STARTS_AT.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(15),
    }
}

/// A new database with both tenants and their people.
fn bare_in(folder: &Path) -> Ground {
    let clock: Arc<dyn Clock> = Arc::new(StillClock::at(STARTS_AT.parse().unwrap()));
    let ground = Ground::bare(folder, &clock);
    let settings = serde_json::to_string(&Settings::new("USD".parse().unwrap())).unwrap();
    let mut rows = String::from("begin;");
    for (tenant, name, people) in [(HOME, "Hinge & Sons", 0), (OTHER, "Latch & Daughters", 100)] {
        rows += &format!("insert into tenant values ('{tenant}', '{name}', 0, '{settings}', 0);");
        for number in 1..=30 {
            let (id, kind) = (person(number + people), if number > 20 { "agent" } else { "user" });
            rows += &format!(
                "insert into principal (tenant, id, kind, name, roles, created_at)
                 values ('{tenant}', '{id}', '{kind}', 'Person {number}', '[]', 0);"
            );
        }
    }
    ground.back().run(&(rows + "commit;")).unwrap();
    ground
}
