//! PostgreSQL: any number of servers on one database.
//!
//! Every command is a transaction of its own, on one of a few connections.
//! Commands that decide about the same thing take the same lock before they
//! read ([`crate::db::Tx::lock`]), so each sees what the one before has left;
//! the tables refuse what slips past, and then the command is run again.

mod flight;
mod options;
mod pool;
pub mod schema;
mod value;
mod wire;

pub(super) use flight::Flight;
pub use options::{BadUrl, Options};

use super::{Bell, Scope, Snap, session::Session, sql::Sql, work::Work};
use crate::{
    chance::Chance,
    failure::{Failure, Fault},
};
use kernel::{clock::Clock, refusal::Chain};
use pool::{Pool, Shared, alive};
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
}

impl Postgres {
    pub(super) fn open(
        options: Options,
        clock: &Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        bell: Bell,
    ) -> Result<Self, Fault> {
        let size = options.connections;
        let shared = Shared { options: Arc::new(options), clock: Arc::clone(clock), chance, bell };
        let pool = Pool::start(size, &shared);
        Ok(Self { pool, shared, idle: Mutex::default() })
    }

    pub(super) fn submit(&self, work: Box<dyn Work>) -> Result<(), Failure> {
        self.pool.submit(work)
    }

    /// Looks while the calling thread waits.
    pub(super) fn read<T: Send>(
        &self,
        scope: Scope,
        look: impl FnOnce(&Snap<'_>) -> Result<T, Failure> + Send,
    ) -> Result<T, Failure> {
        // A connection is driven by its thread, and the calling one may be
        // driving others.
        let looking = thread::scope(|threads| threads.spawn(|| self.look(scope, look)).join());
        looking.unwrap_or_else(|_| Err(Fault::Panic("a look panicked".to_owned()).into()))
    }

    fn look<T>(
        &self,
        scope: Scope,
        look: impl FnOnce(&Snap<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let wire = match alive(idle) {
            Some(wire) => wire,
            None => Wire::connect(&self.shared.options)?,
        };
        let flight = Flight::new(wire, scope, true);
        let snap = Snap::new(Session::Postgres(&flight), scope, self.shared.clock.now());
        let answer = look(&snap);
        if let Some(wire) = flight.end() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(wire);
        }
        answer
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

/// What an error means that nobody was there to read: a row that is there
/// already was not when the command looked, so it has to look again.
fn put(sql: &Sql, error: Error) -> Fault {
    if error.code() == Some(&SqlState::UNIQUE_VIOLATION) {
        return Fault::Moved(format!("`{}`: {}", sql.file, Chain(&error)));
    }
    in_file(sql, error)
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
    // out of disk or memory, and a server that has become a standby.
    let class = &code.code()[..2];
    matches!(class, "08" | "53" | "57") && *code != SqlState::QUERY_CANCELED
        || *code == SqlState::READ_ONLY_SQL_TRANSACTION
}
