//! A small world to test in: one database, a few people, and a clock that
//! stands still. Everything in it goes through the door, as it would for real.

use crate::{
    chance::Counting,
    db::Db,
    door::{Answer, Call, Denied, Door},
    identity::Caller,
    tenant::Settings,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    clock::{Clock, StillClock},
    id::{Account, Id, Principal, Site, Tenant},
    role::{Role, Roles},
    tool::Tool,
};
use serde_json::Value;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tempfile::TempDir;

pub struct World {
    pub door: Door,
    pub clock: Arc<StillClock>,
    pub tenant: Id<Tenant>,
    keys: AtomicU64,
    pub folder: TempDir,
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(StillClock::at("2026-03-02T09:00:00Z".parse().unwrap()));
        let path = folder.path().join("docket.db");
        let db = Db::open(&path, clock.clone(), Arc::new(Counting::default())).unwrap();
        let tenant = Id::from_parts(1, 1);
        seed(&path, tenant);
        Self { door: Door::new(db), clock, tenant, keys: AtomicU64::new(0), folder }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Somebody with these roles. The same number is the same person.
    pub fn caller(&self, number: u64, roles: &[Role]) -> Caller {
        Caller {
            tenant: self.tenant,
            operator: false,
            actor: person(number),
            on_behalf_of: None,
            roles: Roles::of(roles),
            token: format!("token-{number}"),
            expires: self.now() + SignedDuration::from_mins(15),
        }
    }

    pub fn dispatcher(&self) -> Caller {
        self.caller(2, &[Role::Dispatcher])
    }

    /// The one site there is.
    pub fn site(&self) -> Id<Site> {
        Id::from_parts(1, 1)
    }

    /// Calls a tool under a new idempotency key and reads the answer as JSON.
    pub async fn call(&self, caller: &Caller, tool: Tool, input: Value) -> Result<Value, Denied> {
        let mut call = Call::new(tool, input.to_string(), "test");
        call.key = Some(format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed)));
        self.send(caller, call).await.map(|answer| serde_json::from_str(&answer.body).unwrap())
    }

    pub async fn send(&self, caller: &Caller, call: Call) -> Result<Answer, Denied> {
        self.door.call(caller, call).await
    }
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

pub fn person(number: u64) -> Id<Principal> {
    Id::from_parts(1, number.into())
}

fn seed(path: &Path, tenant: Id<Tenant>) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let (account, site): (Id<Account>, Id<Site>) = (Id::from_parts(1, 1), Id::from_parts(1, 1));
    let settings = serde_json::to_string(&Settings::new("USD".parse().unwrap())).unwrap();
    let rows = format!(
        "insert into tenant values ('{tenant}', 'Hinge & Sons', 0, '{settings}', 0);
         insert into account values ('{tenant}', '{account}', 'Corner Shops', null, null, 0);
         insert into site (tenant, id, account, name, address, zone, created_at)
         values ('{tenant}', '{site}', '{account}', 'Main St 1', '1 Main St', 'America/New_York', 0);"
    );
    connection.execute_batch(&rows).unwrap();
}
