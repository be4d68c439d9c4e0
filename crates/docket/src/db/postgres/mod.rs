//! PostgreSQL: any number of servers on one database.
//!
//! Commands that wait at the same time share a transaction ([`together`]), on
//! one of a few connections. Those that decide about the same thing take the
//! same lock before they read ([`crate::db::Tx::lock`]), so each sees what the
//! one before has left; the tables refuse what slips past, and then the command
//! is run again, alone.

mod flight;
mod glimpse;
mod known;
mod many;
mod options;
mod packet;
mod parcel;
mod pool;
mod reach;
mod ringer;
pub mod schema;
mod together;
mod value;
mod wire;

pub(super) use flight::Flight;
pub(super) use many::puts_values;
pub use options::{BadUrl, Options};

use super::{
    Bell, Scope, Snap,
    session::Session,
    sql::Sql,
    work::{Answer, Work},
};
use crate::{
    chance::Chance,
    failure::{Failure, Fault},
};
use kernel::{clock::Clock, refusal::Chain};
use packet::Way;
use pool::{Pool, Shared, alive};
use reach::Reach;
use ringer::Ringer;
use schema::NotMigrated;
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use tokio_postgres::{Error, error::SqlState};
use wire::Wire;

/// One database and this process's connections to it.
pub(super) struct Postgres {
    pool: Pool,
    shared: Shared,
    /// Connections of those who wait on their own thread.
    idle: Mutex<Vec<Wire>>,
    _ringer: Ringer,
}

impl Postgres {
    pub(super) fn open(
        options: Options,
        clock: &Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        bell: Bell,
    ) -> Result<Self, Fault> {
        let wire = apart(|| admitted(&options))?;
        let size = options.connections;
        let (options, reach) = (Arc::new(options), Arc::<Reach>::default());
        reach.hold(&wire);
        let shared = Shared {
            options,
            reach,
            clock: Arc::clone(clock),
            chance,
            bell,
            #[cfg(test)]
            ways: Arc::default(),
        };
        let pool = Pool::start(size, &shared);
        let _ringer = Ringer::start(&shared);
        Ok(Self { pool, shared, idle: Mutex::new(vec![wire]), _ringer })
    }

    /// How often commands and looks have waited for the other end.
    #[cfg(test)]
    pub(super) fn ways(&self) -> u64 {
        self.shared.ways.load(std::sync::atomic::Ordering::SeqCst)
    }

    pub(super) fn submit(&self, work: Box<dyn Work>) -> Result<(), Failure> {
        self.pool.submit(work)
    }

    /// Has something carried out, and hears how it ended.
    pub(super) async fn carry_out<T>(
        &self,
        (work, answer): (Box<dyn Work>, Answer<T>),
    ) -> Result<T, Failure> {
        self.submit(work)?;
        answer.await.unwrap_or(Err(Fault::WriterGone.into()))
    }

    /// Looks while the calling thread waits.
    pub(super) fn read<T: Send>(
        &self,
        scope: Scope,
        look: impl FnOnce(&Snap<'_>) -> Result<T, Failure> + Send,
    ) -> Result<T, Failure> {
        apart(|| self.look(scope, look))
    }

    fn look<T>(
        &self,
        scope: Scope,
        look: impl FnOnce(&Snap<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let wire = match alive(idle) {
            Some(wire) => wire,
            None => self.shared.reach.connect(&self.shared.options)?,
        };
        let flight = Flight::new(wire, scope, Way::Looks);
        let snap = Snap::new(Session::Postgres(&flight), scope, self.shared.clock.now());
        let answer = look(&snap);
        if let Some(wire) = flight.end() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(wire);
        }
        answer
    }
}

/// Works on a thread of its own while the calling one waits: a connection is
/// driven by its thread, and the calling one may be driving others.
fn apart<T: Send, E: Send + From<Fault>>(
    work: impl FnOnce() -> Result<T, E> + Send,
) -> Result<T, E> {
    let worked = thread::scope(|threads| threads.spawn(work).join());
    worked.unwrap_or_else(|_| Err(Fault::Panic("a look panicked".to_owned()).into()))
}

/// A connection of a role that may serve, to a schema that this release knows.
fn admitted(options: &Options) -> Result<Wire, Fault> {
    let mut wire = Wire::connect(options)?;
    let Wire { client, driver, .. } = &mut wire;
    driver.wait(schema::check(client))?.map_err(not_migrated)?;
    // Some databases are there to be thrown away, so nobody is kept from it.
    for name in driver.wait(schema::switched_off(client))?.map_err(fault)? {
        tracing::warn!("`{name}` is off: a power cut may take what was answered, and the database");
    }
    Ok(wire)
}

/// Brings the schema up to date as the role that owns it, and answers the steps
/// that were missing. `serving` is the role that is given its rights.
///
/// # Errors
/// If the database does not answer, or is not one for this release.
pub fn take_steps(
    owner: &Options,
    serving: &str,
    clock: &dyn Clock,
) -> Result<Vec<&'static str>, Fault> {
    let now_us = clock.now().as_microsecond();
    apart(|| {
        let mut wire = Wire::connect(owner)?;
        let Wire { client, driver, .. } = &mut wire;
        // A step may have much to do; how long it waits for others it says itself.
        driver.wait(client.batch_execute("set statement_timeout = 0"))?.map_err(fault)?;
        driver.wait(schema::migrate(client, serving, now_us))?.map_err(not_migrated)
    })
}

/// Looks at everything once, as long as it takes, while the calling thread
/// waits and drives nothing else.
///
/// # Errors
/// If the database cannot be served by this release, or what `look` fails with.
pub(super) fn inspect<T, E: From<Fault>>(
    options: &Options,
    clock: &dyn Clock,
    look: impl FnOnce(&Snap<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let mut wire = admitted(options)?;
    let Wire { client, driver, .. } = &mut wire;
    let patient = "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0";
    driver.wait(client.batch_execute(patient))?.map_err(fault)?;
    let flight = Flight::new(wire, Scope::Everyone, Way::Looks);
    let answer = look(&Snap::new(Session::Postgres(&flight), Scope::Everyone, clock.now()));
    drop(flight.end());
    answer
}

fn not_migrated(not: NotMigrated) -> Fault {
    match not {
        NotMigrated::Database(error) => fault(error),
        NotMigrated::Step(..) => Fault::Other(Chain(&not).to_string()),
        not => Fault::Unfit(not.to_string()),
    }
}

/// What an error of the database means to a command.
fn fault(error: Error) -> Fault {
    match moved(error) {
        Ok(moved) => moved,
        Err(error) if is_unavailable(&error) => Fault::Unavailable(Chain(&error).to_string()),
        Err(error) => Fault::Postgres { file: "", error },
    }
}

/// The same, for a statement we have a name for.
fn in_file(sql: &Sql, error: Error) -> Fault {
    match fault(error) {
        Fault::Postgres { error, .. } => Fault::Postgres { file: sql.file, error },
        other => other,
    }
}

/// What an error means that nobody was there to read. A row that is there
/// already, or no longer what others belong to, was not so when the command
/// looked: somebody else was faster, and it has to look again.
fn put(sql: &Sql, error: Error) -> Fault {
    match error.code() {
        Some(&(SqlState::UNIQUE_VIOLATION | SqlState::FOREIGN_KEY_VIOLATION)) => {
            Fault::Moved(format!("`{}`: {}", sql.file, Chain(&error)))
        }
        Some(&wire::NOT_ONE) => Fault::Moved(format!("`{}` did not find its row", sql.file)),
        _ => in_file(sql, error),
    }
}

/// Whether another transaction was in the way, and the command has to be run again.
fn moved(error: Error) -> Result<Fault, Error> {
    match error.code() {
        Some(
            &(SqlState::T_R_SERIALIZATION_FAILURE
            | SqlState::T_R_DEADLOCK_DETECTED
            | SqlState::LOCK_NOT_AVAILABLE
            | SqlState::EXCLUSION_VIOLATION),
        ) => Ok(Fault::Moved(Chain(&error).to_string())),
        _ => Err(error),
    }
}

fn unreachable(error: Error) -> Fault {
    Fault::Unavailable(Chain(&error).to_string())
}

/// Whether the database itself is away, and not what was asked wrong.
fn is_unavailable(error: &Error) -> bool {
    let Some(code) = error.code() else {
        return error.is_closed()
            || std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>());
    };
    // Connection exceptions, too many of them, shutting down and starting up,
    // out of disk or memory, a server that has become a standby, and one that
    // has given us up because one of us stood still.
    let class = &code.code()[..2];
    matches!(class, "08" | "53" | "57") && *code != SqlState::QUERY_CANCELED
        || *code == SqlState::READ_ONLY_SQL_TRANSACTION
        || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
}
