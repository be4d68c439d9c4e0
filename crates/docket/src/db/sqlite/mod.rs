//! SQLite: one writer that commits in groups, and readers beside it.
//!
//! SQLite has a single writer anyway; giving it a thread of its own lets every
//! command that waits share one durable commit.

mod migrate;
mod readers;
mod value;
mod writer;

pub(super) use migrate::STEPS;

use super::{Snap, session::Session, work::Work};
use crate::{
    chance::Chance,
    db::{Bell, Scope},
    failure::{Failure, Fault},
};
use kernel::clock::Clock;
use readers::Readers;
use rusqlite::{Connection, OpenFlags};
use std::{path::Path, sync::Arc};
use writer::Writer;

/// One database file.
pub(super) struct Sqlite {
    writer: Writer,
    readers: Readers,
}

impl Sqlite {
    pub(super) fn open(
        path: &Path,
        clock: &Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        bell: Bell,
    ) -> Result<Self, Fault> {
        let mut connection = connect(path)?;
        migrate::migrate(&mut connection, clock.now())?;
        // Keys that callers choose land anywhere in their index; the writer
        // keeps the pages of the last few hundred thousand at hand.
        connection.pragma_update(None, "cache_size", -65_536)?;
        let readers = Readers::new(path.to_owned());
        Ok(Self { writer: Writer::start(connection, Arc::clone(clock), chance, bell), readers })
    }

    pub(super) fn submit(&self, work: Box<dyn Work>) -> Result<(), Failure> {
        self.writer.submit(work)
    }

    pub(super) fn read<T>(
        &self,
        scope: Scope,
        clock: &dyn Clock,
        look: impl FnOnce(&Snap<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.readers.with(|connection| {
            let run = |text: &str| -> Result<(), Fault> {
                Ok(connection.prepare_cached(text)?.execute([]).map(drop)?)
            };
            run("begin")?;
            let snap = Snap::new(Session::Sqlite(connection), scope, clock.now());
            let answer = look(&snap);
            run("commit")?;
            answer
        })
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
    connection.execute_batch("begin").map_err(Fault::from)?;
    look(&Snap::new(Session::Sqlite(&connection), Scope::Everyone, clock.now()))
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
