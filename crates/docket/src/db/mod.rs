//! The database, SQLite or PostgreSQL, and one way to say SQL.
//!
//! Verbs are synchronous functions on a [`Tx`]: gather, decide, write. Nothing
//! slow runs in one: evidence is hashed, tokens are verified and documents are
//! made before or after, and the transaction only checks what they found.

mod bell;
mod cause;
mod postgres;
mod row;
mod scope;
mod session;
mod sql;
mod sqlite;
#[cfg(test)]
mod tests;
mod turns;
mod tx;
mod value;
mod work;

pub use bell::{Bell, Ear, Word};
pub use cause::Cause;
pub use postgres::{BadUrl, Options, schema, schema::migrate, take_steps};
pub use row::{FromColumn, Row};
pub use scope::Scope;
pub use sql::Sql;
pub(crate) use sql::statements;
pub use sqlite::inspect;
pub(crate) use turns::Turns;
pub(crate) use tx::new_id;
pub use tx::{Snap, Tx};
pub(crate) use value::args;
pub use value::{Args, Value};
pub use work::Committed;
pub(crate) use work::Task;

use crate::{
    chance::Chance,
    failure::{Failure, Fault},
};
use kernel::clock::Clock;
use postgres::Postgres;
use sqlite::Sqlite;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The database of one Docket: a handle that is cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
    /// What everything that is written through this handle is for the sake of.
    cause: Option<Arc<Cause>>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    bell: Bell,
}

enum Store {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// Where there is something to look at without a server.
#[derive(Clone, Debug)]
pub enum Place {
    /// A file, which may be in use at the same time.
    File(PathBuf),
    Postgres(Box<Options>),
}

impl Place {
    /// Looks into a database without a server: nothing is written, not even a
    /// step of the schema.
    ///
    /// # Errors
    /// If it cannot be opened, or what `look` fails with.
    pub fn inspect<T, E: From<Fault>>(
        &self,
        clock: &dyn Clock,
        look: impl FnOnce(&Snap<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::File(path) => sqlite::inspect(path, clock, look),
            Self::Postgres(options) => postgres::inspect(options, clock, look),
        }
    }
}

impl Db {
    fn of(inner: Inner) -> Self {
        Self { inner: Arc::new(inner), cause: None }
    }

    /// The same database, to write for the sake of something: its entries and
    /// jobs say so, unless they say something else themselves.
    #[must_use]
    pub fn because_of(&self, cause: Cause) -> Self {
        Self { inner: Arc::clone(&self.inner), cause: Some(Arc::new(cause)) }
    }

    /// Opens a file, brings its schema up to date, and starts the writer.
    ///
    /// # Errors
    /// If the file cannot be opened, or was written by a newer release.
    pub fn open(
        path: &Path,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, Fault> {
        let bell = Bell::default();
        let store = Store::Sqlite(Sqlite::open(path, &clock, chance, bell.clone())?);
        Ok(Self::of(Inner { store, clock, bell }))
    }

    /// Connects to a PostgreSQL whose schema is up to date.
    ///
    /// # Errors
    /// If it does not answer, its schema is not the one this release knows, or
    /// the role that connects is not one that may serve.
    pub fn connect(
        options: Options,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, Fault> {
        let bell = Bell::default();
        let store = Store::Postgres(Postgres::open(options, &clock, chance, bell.clone())?);
        Ok(Self::of(Inner { store, clock, bell }))
    }

    /// Runs `work` in a transaction and answers when it is on disk. Where
    /// another command is in the way, `work` is run again, a few times at most.
    ///
    /// `work` has to bring the [`crate::audit::Recorded`] proof of its audit
    /// entry, so a change without one does not compile. If it fails, nothing of
    /// it is kept.
    ///
    /// # Errors
    /// What `work` fails with, or that the database does not answer.
    pub async fn write<T, F>(&self, scope: impl Into<Scope>, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Committed<T> + Clone + Send + 'static,
    {
        let (scope, mut turns) = (scope.into(), Turns::default());
        loop {
            match self.write_once(scope, &turns, work.clone()).await {
                Err(failure) if turns.again_after(&failure).await => {}
                ended => return ended,
            }
        }
    }

    /// Like [`Db::write`], for those who count the [`Turns`] themselves, because
    /// there is more to be done again than the transaction.
    ///
    /// # Errors
    /// See [`Db::write`], and [`Fault::Moved`] where another command was in the way.
    pub(crate) async fn write_once<T: Send + 'static>(
        &self,
        scope: impl Into<Scope>,
        turns: &Turns,
        task: impl Task<T>,
    ) -> Result<T, Failure> {
        let (work, answer) = work::command(scope.into(), turns.alone(), self.cause.clone(), task);
        match &self.inner.store {
            Store::Sqlite(sqlite) => sqlite.submit(work)?,
            Store::Postgres(postgres) => postgres.submit(work)?,
        }
        answer.await.unwrap_or(Err(Fault::WriterGone.into()))
    }

    /// Runs `look` on a snapshot.
    ///
    /// # Errors
    /// What `look` fails with, or that the database does not answer.
    pub async fn read<T, F>(&self, scope: impl Into<Scope>, look: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Snap<'_>) -> Result<T, Failure> + Send + 'static,
    {
        match &self.inner.store {
            // A look into SQLite is over before another thread had heard of it.
            Store::Sqlite(sqlite) => sqlite.read(scope.into(), self.clock(), look),
            Store::Postgres(postgres) => postgres.carry_out(work::look(scope.into(), look)).await,
        }
    }

    /// Like [`Db::read`], for a look that is short: on PostgreSQL it shares a
    /// snapshot with those of the tenant that wait, and all that they ask is asked
    /// at once. For that it may be taken again from its beginning.
    ///
    /// # Errors
    /// See [`Db::read`].
    pub(crate) async fn glimpse<T, F>(&self, scope: impl Into<Scope>, look: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Fn(&Snap<'_>) -> Result<T, Failure> + Send + 'static,
    {
        match &self.inner.store {
            Store::Sqlite(sqlite) => sqlite.read(scope.into(), self.clock(), look),
            Store::Postgres(postgres) => {
                postgres.carry_out(work::glimpse(scope.into(), look)).await
            }
        }
    }

    /// Runs `look` on a snapshot while the calling thread waits.
    ///
    /// # Errors
    /// See [`Db::read`].
    pub fn read_waiting<T: Send>(
        &self,
        scope: impl Into<Scope>,
        look: impl FnOnce(&Snap<'_>) -> Result<T, Failure> + Send,
    ) -> Result<T, Failure> {
        match &self.inner.store {
            Store::Sqlite(sqlite) => sqlite.read(scope.into(), self.clock(), look),
            Store::Postgres(postgres) => postgres.read(scope.into(), look),
        }
    }

    /// How often commands and looks have waited for a database elsewhere.
    #[cfg(test)]
    pub(crate) fn ways(&self) -> u64 {
        match &self.inner.store {
            Store::Sqlite(_) => 0,
            Store::Postgres(postgres) => postgres.ways(),
        }
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    /// What is rung after commits, by [`Tx::ring`].
    pub fn bell(&self) -> &Bell {
        &self.inner.bell
    }
}
