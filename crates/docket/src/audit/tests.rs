//! A log to test on: the world's, with entries that nobody had to earn.

mod look;
mod sequence;
mod verify;
mod witness;

use super::{log, record::by_docket, sequence::Sequencer};
use crate::{
    db::{self, Committed, Scope, Snap},
    door::Denied,
    failure::Fault,
    identity::Caller,
    testing::{World, back::Back, ground::Ground, person},
};
use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use kernel::{
    audit::Entry,
    id::{self, Id, Tenant},
    note::Signer,
    role::Role,
    tool::Tool,
};
use serde_json::Value;

pub(super) const ORIGIN: &str = "docket.test/audit";

pub(super) fn signer() -> Signer {
    Signer::new(ORIGIN, SigningKey::from_bytes(&[1; 32])).unwrap()
}

pub(super) fn other_signer() -> Signer {
    Signer::new(ORIGIN, SigningKey::from_bytes(&[2; 32])).unwrap()
}

pub(super) struct Log {
    pub world: World,
    pub sequencer: Sequencer,
}

impl Log {
    pub fn new() -> Self {
        Self::of(World::bare())
    }

    pub fn of(world: World) -> Self {
        let sequencer = Sequencer::new(world.door.db().clone(), signer());
        Self { world, sequencer }
    }

    /// Commits some entries of the world's tenant.
    pub async fn commit(&self, entries: usize) {
        self.commit_as(self.world.tenant, entries).await;
    }

    pub async fn commit_as(&self, tenant: Id<Tenant>, entries: usize) {
        let wrote = self.world.door.db().write(tenant, move |tx| {
            let mut last = None;
            for _ in 0..entries {
                let id = tx.new_id();
                let at = tx.now();
                match tx.record(&entry(id, at, tenant)) {
                    Ok(recorded) => last = Some(recorded),
                    Err(fault) => return Committed::Failed(fault.into()),
                }
            }
            Committed::Changed((), last.unwrap())
        });
        wrote.await.unwrap();
    }

    /// Makes leaves of everything, and waits until nobody can be late any more:
    /// that takes the end of every transaction that was there, whosever it is.
    pub async fn settle(&self) {
        self.sequencer.finish().await.unwrap();
        while Ground::is_postgres() && self.is_open() {
            self.sequencer.once().await.unwrap();
        }
    }

    fn is_open(&self) -> bool {
        let open = "select count(*) from log_settled
            where entry_no < (select max(entry_no) from audit_entry)";
        self.back().one::<i64>(open) > 0
    }

    /// The other tenant of the world.
    pub fn neighbour(&self) -> Id<Tenant> {
        Id::from_parts(1, 2)
    }

    pub fn auditor(&self) -> Caller {
        self.world.caller(9, &[Role::Auditor])
    }

    pub async fn ask(&self, caller: &Caller, tool: Tool, input: Value) -> Result<Value, Denied> {
        self.world.call(caller, tool, input).await
    }

    pub fn read<T: Send>(&self, look: impl FnOnce(&Snap<'_>) -> Result<T, Fault> + Send) -> T {
        self.world.door.db().read_waiting(Scope::Everyone, |snap| Ok(look(snap)?)).unwrap()
    }

    /// Looks as `docket audit` does: past everybody who serves.
    pub fn inspect<T: Send, E: From<Fault> + Send>(
        &self,
        look: impl FnOnce(&Snap<'_>) -> Result<T, E> + Send,
    ) -> Result<T, E> {
        match &self.world.ground {
            Ground::File(path) => db::inspect(path, &*self.world.clock, look),
            _ => self.world.door.db().read_waiting(Scope::Everyone, |snap| Ok(look(snap))).unwrap(),
        }
    }

    /// The way in of somebody who has the file.
    pub fn back(&self) -> Back {
        self.world.back()
    }

    pub fn run(&self, sql: &str) {
        self.back().run(sql).unwrap();
    }

    /// Makes as if no entry had ever been a leaf.
    pub fn forget_leaves(&self) {
        self.tamper("delete from log_run; delete from log_tile; delete from log_checkpoint");
        if Ground::is_postgres() {
            self.tamper("update log_settled set entry_no = 0, mark_no = 0, mark_xact = '0'");
        }
    }

    /// Changes rows behind our back: no triggers, no foreign keys.
    pub fn tamper(&self, sql: &str) {
        self.back().tamper(sql);
    }
}

fn entry(id: Id<id::Entry>, at: Timestamp, tenant: Id<Tenant>) -> Entry {
    let mut entry = by_docket(tenant, id, at, "ticket.create");
    entry.actor = Some(person(2));
    entry.correlation = Some("the-storm".to_owned());
    entry
}

/// What was committed, in the order of commits.
pub(super) fn entries(log: &Log) -> Vec<String> {
    log.back().column("select body from audit_entry order by entry_no")
}

/// What the log has as leaves, in the order of leaves.
pub(super) fn leaves(log: &Log) -> Vec<String> {
    let mut all = Vec::new();
    log.read(|snap| {
        let Some(head) = log::head(snap)? else { return Ok(()) };
        log::each_entry(snap, 0, head.size, |leaf, entry| {
            assert_eq!(leaf, all.len() as u64);
            all.push(String::from_utf8(entry.to_vec()).unwrap());
            Ok::<_, Fault>(())
        })?;
        assert_eq!(head.size, all.len() as u64);
        Ok(())
    });
    all
}
