//! One transaction, and the part of it that only looks.

use super::sql::{Args, Row, Sql};
use crate::{chance::Chance, failure::Fault};
use jiff::Timestamp;
use kernel::id::Id;
use rusqlite::{Connection, params_from_iter};
use std::ops::{ControlFlow, Deref};

/// A consistent view of the data, and the time it was taken.
pub struct Snap<'a> {
    connection: &'a Connection,
    now: Timestamp,
}

/// A transaction in which one command changes things. Failed, it never happened.
pub struct Tx<'a> {
    snap: Snap<'a>,
    chance: &'a dyn Chance,
}

impl<'a> Snap<'a> {
    pub(super) fn new(connection: &'a Connection, now: Timestamp) -> Self {
        Self { connection, now }
    }

    /// The time at which the transaction began. It does not move within one.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// All rows, each read by `read`.
    ///
    /// # Errors
    /// If the database does not answer or a row cannot be read.
    pub fn all<T>(
        &self,
        sql: &Sql,
        args: Args<'_>,
        mut read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.connection.prepare_cached(sql.sqlite())?;
        let mut rows = statement.query(params_from_iter(args))?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(&Row(row))?);
        }
        Ok(all)
    }

    /// Hands over row after row until told to break, for answers that are too
    /// long to hold.
    ///
    /// # Errors
    /// What `see` fails with, or that the database does not answer.
    pub fn each<E: From<Fault>>(
        &self,
        sql: &Sql,
        args: Args<'_>,
        mut see: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let mut statement = self.connection.prepare_cached(sql.sqlite()).map_err(Fault::from)?;
        let mut rows = statement.query(params_from_iter(args)).map_err(Fault::from)?;
        while let Some(row) = rows.next().map_err(Fault::from)? {
            if see(&Row(row))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// If the database does not answer or the row cannot be read.
    pub fn maybe<T>(
        &self,
        sql: &Sql,
        args: Args<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut statement = self.connection.prepare_cached(sql.sqlite())?;
        let mut rows = statement.query(params_from_iter(args))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        read(&Row(row)).map(Some)
    }

    /// The one row that has to be there.
    ///
    /// # Errors
    /// If it is not there, the database does not answer, or it cannot be read.
    pub fn one<T>(
        &self,
        sql: &Sql,
        args: Args<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.maybe(sql, args, read)?.ok_or(Fault::Database(rusqlite::Error::QueryReturnedNoRows))
    }

    pub(super) fn run(&self, text: &str) -> Result<(), Fault> {
        self.connection.prepare_cached(text)?.execute([])?;
        Ok(())
    }
}

impl<'a> Tx<'a> {
    pub(super) fn new(connection: &'a Connection, now: Timestamp, chance: &'a dyn Chance) -> Self {
        Self { snap: Snap::new(connection, now), chance }
    }

    /// Changes rows and says how many.
    ///
    /// # Errors
    /// If the database does not answer or a constraint does not hold.
    pub fn execute(&mut self, sql: &Sql, args: Args<'_>) -> Result<usize, Fault> {
        let mut statement = self.connection.prepare_cached(sql.sqlite())?;
        Ok(statement.execute(params_from_iter(args))?)
    }

    /// Undoes everything that this command has written so far, so that it can
    /// write down instead that it was refused.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn undo(&mut self) -> Result<(), Fault> {
        self.run("rollback to command")
    }

    /// A new id, which sorts after those made before.
    pub fn new_id<T>(&self) -> Id<T> {
        new_id(self.now, self.chance)
    }

    /// Bits that nobody can guess.
    pub fn luck(&self) -> u128 {
        self.chance.bits()
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Snap<'a>;

    fn deref(&self) -> &Snap<'a> {
        &self.snap
    }
}

/// A new id from a time and some luck.
pub(crate) fn new_id<T>(now: Timestamp, chance: &dyn Chance) -> Id<T> {
    let ms = u64::try_from(now.as_millisecond()).unwrap_or(0);
    Id::from_parts(ms, chance.bits() & ((1 << 80) - 1))
}
