//! The database: one writer that commits in groups, readers beside it, and one
//! way to say SQL.
//!
//! Verbs are synchronous functions on a [`Tx`]. Nothing slow runs in one:
//! evidence is hashed, tokens are verified and documents are made before or
//! after, and the transaction only checks what they found. SQLite has a single
//! writer anyway; giving it a thread of its own lets every command that waits
//! share one durable commit.

mod migrate;
pub mod postgres;
mod readers;
mod sql;
mod tx;
mod writer;

pub use migrate::{Pending, pending};
pub use sql::{Args, FromColumn, Row, Sql, Value};
pub(crate) use sql::{args, statements};
pub(crate) use tx::new_id;
pub use tx::{Snap, Tx};
pub use writer::Committed;

use crate::{
    chance::Chance,
    failure::{Failure, Fault},
};
use kernel::clock::Clock;
use readers::Readers;
use rusqlite::{Connection, OpenFlags};
use std::{path::Path, sync::Arc};
use writer::Writer;

/// The database of one Docket: a handle that is cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    writer: Writer,
    readers: Readers,
    clock: Arc<dyn Clock>,
}

impl Db {
    /// Opens the file, brings its schema up to date, and starts the writer.
    ///
    /// # Errors
    /// If the file cannot be opened, or was written by a newer release.
    pub fn open(
        path: &Path,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, Fault> {
        let mut connection = connect(path)?;
        migrate::migrate(&mut connection, clock.now())?;
        // Keys that callers choose land anywhere in their index; the writer
        // keeps the pages of the last few hundred thousand at hand.
        connection.pragma_update(None, "cache_size", -65_536)?;
        let readers = Readers::new(path.to_owned());
        let writer = Writer::start(connection, Arc::clone(&clock), chance);
        Ok(Self(Arc::new(Inner { writer, readers, clock })))
    }

    /// Runs `work` in a transaction that shares its durable commit with
    /// whatever else is waiting, and answers when it is on disk.
    ///
    /// `work` has to bring the [`crate::audit::Recorded`] proof of its audit
    /// entry, so a change without one does not compile. If it fails, nothing of
    /// it is kept.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Committed<T> + Send + 'static,
    {
        self.0.writer.submit(work).await
    }

    /// Runs `look` on a snapshot, on the calling thread.
    pub fn read<T>(
        &self,
        look: impl FnOnce(&Snap<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.0.readers.with(|connection| {
            let snap = Snap::new(connection, self.0.clock.now());
            snap.run("begin")?;
            let answer = look(&snap);
            snap.run("commit")?;
            answer
        })
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }
}

/// Looks into a database file without a server: nothing is written, not even a
/// step of the schema. It may be in use at the same time.
///
/// # Errors
/// If the file cannot be opened, or what `look` fails with.
pub fn inspect<T, E: From<Fault>>(
    path: &Path,
    clock: &dyn Clock,
    look: impl FnOnce(&Snap<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let connection = open_to_inspect(path)?;
    let snap = Snap::new(&connection, clock.now());
    snap.run("begin")?;
    look(&snap)
}

fn open_to_inspect(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "trusted_schema", "off")?;
    // Whoever inspects reads everything once: better from the page cache of
    // the system than through a copy.
    connection.pragma_update(None, "mmap_size", 1_i64 << 40)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(connection)
}

/// Opens one connection with the settings that every connection has.
fn connect(path: &Path) -> Result<Connection, Fault> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // FULL, not NORMAL: an acknowledged command survives a power cut. With
    // group commit it costs almost nothing.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", "on")?;
    connection.pragma_update(None, "trusted_schema", "off")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    // What a savepoint needs to undo itself is small and short-lived.
    connection.pragma_update(None, "temp_store", "memory")?;
    // Pages that every command touches are copied back once in 32 MiB of log
    // rather than eight times.
    connection.pragma_update(None, "wal_autocheckpoint", 8_192)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(512);
    Ok(connection)
}

#[cfg(test)]
mod tests;
