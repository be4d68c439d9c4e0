//! The connection a transaction runs on.

use super::{Scope, postgres::Flight, row::Row, sql::Sql, value::Args};
use crate::failure::Fault;
use rusqlite::{Connection, params_from_iter};
use std::ops::ControlFlow;

/// The connection a transaction runs on.
#[derive(Clone, Copy)]
pub(super) enum Session<'a> {
    Sqlite(&'a Connection),
    Postgres(&'a Flight),
}

impl Session<'_> {
    /// Hands over row after row until told to break. Where there may be `many`,
    /// they are not held in memory.
    pub(super) fn each<E: From<Fault>>(
        self,
        sql: &'static Sql,
        args: Args<'_>,
        many: bool,
        mut see: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql.sqlite()).map_err(Fault::from)?;
                let mut rows = statement.query(params_from_iter(args)).map_err(Fault::from)?;
                while let Some(row) = rows.next().map_err(Fault::from)? {
                    if see(&Row::sqlite(row))?.is_break() {
                        break;
                    }
                }
                Ok(())
            }
            Self::Postgres(flight) if many => {
                flight.stream(sql, args, |row| see(&Row::postgres(row)))
            }
            Self::Postgres(flight) => flight.each(sql, args, |row| see(&Row::postgres(row))),
        }
    }

    /// Asks ahead, where asking takes a way there and back.
    pub(super) fn foresee(self, sql: &'static Sql, args: Args<'_>) {
        if let Self::Postgres(flight) = self {
            flight.foresee(sql, args);
        }
    }

    /// The question that comes next changes rows too.
    pub(super) fn changes(self, sql: &'static Sql, args: Args<'_>) {
        if let Self::Postgres(flight) = self {
            flight.changes(sql, args);
        }
    }

    /// Whether others write beside us.
    pub(super) const fn is_shared(self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Changes rows and says how many.
    pub(super) fn execute(self, sql: &'static Sql, args: Args<'_>) -> Result<usize, Fault> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql.sqlite())?;
                Ok(statement.execute(params_from_iter(args))?)
            }
            Self::Postgres(flight) => flight.execute(sql, args),
        }
    }

    /// Changes rows, as late as at the commit. Where `one` is said, anything
    /// but one row is a command that came too late.
    pub(super) fn put(self, sql: &'static Sql, args: Args<'_>, one: bool) -> Result<(), Fault> {
        match self {
            Self::Sqlite(_) => match self.execute(sql, args)? {
                1 => Ok(()),
                _ if !one => Ok(()),
                _ => Err(Fault::Moved(format!("`{}` did not find its row", sql.file))),
            },
            Self::Postgres(flight) => {
                flight.put(sql, args, one);
                Ok(())
            }
        }
    }

    /// Waits until nobody else holds this lock, and holds it to the end of the
    /// transaction. SQLite has one writer: whoever writes there holds them all.
    pub(super) fn lock(self, key: i64) {
        if let Self::Postgres(flight) = self {
            flight.lock(key);
        }
    }

    /// Changes whose rows may be touched from here on.
    pub(super) fn enter(self, scope: Scope) {
        if let Self::Postgres(flight) = self {
            flight.enter(scope);
        }
    }

    /// Undoes everything the transaction has written.
    pub(super) fn undo(self) -> Result<(), Fault> {
        match self {
            Self::Sqlite(connection) => {
                Ok(connection.prepare_cached("rollback to command")?.execute([]).map(drop)?)
            }
            Self::Postgres(flight) => flight.undo(),
        }
    }
}
