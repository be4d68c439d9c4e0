//! One transaction, and the part of it that only looks.

use super::{
    Cause, Scope, Word,
    row::Row,
    session::Session,
    sql::Sql,
    value::{Args, args},
};
use crate::{chance::Chance, failure::Fault};
use jiff::Timestamp;
use kernel::{clock::Clock, id::Id};
use sha2::{Digest, Sha256};
use std::{
    fmt::Display,
    ops::{ControlFlow, Deref},
    sync::Arc,
};

/// A consistent view of the data, and the time it was taken.
pub struct Snap<'a> {
    session: Session<'a>,
    scope: Scope,
    now: Timestamp,
}

/// A transaction in which one command changes things. Failed, it never happened.
pub struct Tx<'a> {
    snap: Snap<'a>,
    /// Whose rows it began with.
    home: Scope,
    /// Whether it has been to those of others.
    strayed: bool,
    clock: &'a dyn Clock,
    chance: &'a dyn Chance,
    rung: Vec<Word>,
    cause: Option<Arc<Cause>>,
}

impl<'a> Snap<'a> {
    pub(super) const fn new(session: Session<'a>, scope: Scope, now: Timestamp) -> Self {
        Self { session, scope, now }
    }

    /// The time of the transaction: when it began, or got its turn.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Looks at what belongs to everyone, for somebody who operates it all.
    ///
    /// # Errors
    /// What `look` fails with.
    pub fn of_everyone<T, E>(&self, look: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.session.enter(Scope::Everyone);
        let seen = look(self);
        self.session.enter(self.scope);
        seen
    }

    /// Whether there is a database at all.
    ///
    /// # Errors
    /// If it does not answer.
    pub fn answers(&self) -> Result<(), Fault> {
        static HELLO: Sql = Sql::new("hello", "select 1");
        self.one(&HELLO, args![], |_| Ok(()))
    }

    /// Whether other transactions may write beside this one, so that what was
    /// numbered first may be there last. Statements in `.postgres.sql` alone
    /// are for that.
    pub fn is_shared(&self) -> bool {
        self.session.is_shared()
    }

    /// Asks ahead. On PostgreSQL the question goes with the next one that is
    /// asked, so that both take one way there and back, and whoever asks it then
    /// has its answer already. Nothing depends on it but time.
    pub fn foresee(&self, sql: &'static Sql, args: Args<'_>) {
        self.session.foresee(sql, args);
    }

    /// All rows, each read by `read`.
    ///
    /// # Errors
    /// If the database does not answer or a row cannot be read.
    pub fn all<T>(
        &self,
        sql: &'static Sql,
        args: Args<'_>,
        mut read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut all = Vec::new();
        self.session.each(sql, args, false, |row| {
            all.push(read(row)?);
            Ok::<_, Fault>(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    /// Hands over row after row until told to break, for answers that are too
    /// long to hold.
    ///
    /// # Errors
    /// What `see` fails with, or that the database does not answer.
    pub fn each<E: From<Fault>>(
        &self,
        sql: &'static Sql,
        args: Args<'_>,
        see: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.session.each(sql, args, true, see)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// If the database does not answer or the row cannot be read.
    pub fn maybe<T>(
        &self,
        sql: &'static Sql,
        args: Args<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let (mut read, mut first) = (Some(read), None);
        self.session.each(sql, args, false, |row| {
            first = read.take().map(|read| read(row)).transpose()?;
            Ok::<_, Fault>(ControlFlow::Break(()))
        })?;
        Ok(first)
    }

    /// The one row that has to be there.
    ///
    /// # Errors
    /// If it is not there, the database does not answer, or it cannot be read.
    pub fn one<T>(
        &self,
        sql: &'static Sql,
        args: Args<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let missing = || Fault::Other(format!("`{}` found no row", sql.file));
        self.maybe(sql, args, read)?.ok_or_else(missing)
    }
}

impl<'a> Tx<'a> {
    pub(super) fn new(
        session: Session<'a>,
        scope: Scope,
        clock: &'a dyn Clock,
        chance: &'a dyn Chance,
    ) -> Self {
        let snap = Snap::new(session, scope, clock.now());
        Self { snap, home: scope, strayed: false, clock, chance, rung: Vec::new(), cause: None }
    }

    /// Changes rows and says how many.
    ///
    /// # Errors
    /// If the database does not answer or a constraint does not hold.
    pub fn execute(&mut self, sql: &'static Sql, args: Args<'_>) -> Result<usize, Fault> {
        self.snap.session.execute(sql, args)
    }

    /// Changes rows where nobody asks how many. PostgreSQL is told together
    /// with the next question or the commit, which saves the way there and back;
    /// until then it has not complained either.
    ///
    /// # Errors
    /// If the database does not answer or a constraint does not hold.
    pub fn put(&mut self, sql: &'static Sql, args: Args<'_>) -> Result<(), Fault> {
        self.snap.session.put(sql, args, false)
    }

    /// Changes a row and reads what it is now.
    ///
    /// # Errors
    /// If there is no such row, the database does not answer or a constraint
    /// does not hold.
    pub fn returning<T>(
        &mut self,
        sql: &'static Sql,
        args: Args<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.snap.session.changes(sql, args);
        self.snap.one(sql, args, read)
    }

    /// Changes rows and reads what they are now.
    ///
    /// # Errors
    /// If the database does not answer or a constraint does not hold.
    pub fn returning_all<T>(
        &mut self,
        sql: &'static Sql,
        args: Args<'_>,
        read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        self.snap.session.changes(sql, args);
        self.snap.all(sql, args, read)
    }

    /// Like [`Tx::put`], for a row that the command has read and nobody may have
    /// changed since: unless it is one row, the command is run again.
    ///
    /// # Errors
    /// See [`Tx::put`].
    pub fn put_one(&mut self, sql: &'static Sql, args: Args<'_>) -> Result<(), Fault> {
        self.snap.session.put(sql, args, true)
    }

    /// Has commands that decide about the same thing run one after the other,
    /// from here to their end: what is read after this is what the one before
    /// has left. A lock belongs to the tenant of the transaction.
    ///
    /// Everybody takes them in the same order, so that nobody waits in a circle:
    /// the key of the call; a record by its reference, then by its id; a site; a
    /// ticket; technicians by id; the settings of the tenant; and last the rows
    /// that count, such as that of the invoice numbers. What was read before a
    /// lock and matters is read again.
    pub fn lock(&mut self, what: &'static str, which: impl Display) {
        let name = match self.snap.scope {
            Scope::Tenant(tenant) => format!("{tenant}/{what}/{which}"),
            Scope::Everyone => format!("{what}/{which}"),
        };
        self.snap.session.lock(lock_key(&name));
    }

    /// Goes on with the rows of somebody else, as what concerns a tenant from
    /// outside has to: making one, or revoking what is theirs.
    pub fn enter(&mut self, scope: impl Into<Scope>) {
        self.strayed = true;
        self.snap.scope = scope.into();
        self.snap.session.enter(self.snap.scope);
    }

    /// Undoes everything that this command has written so far, so that it can
    /// write down instead that it was refused, where it began.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn undo(&mut self) -> Result<(), Fault> {
        self.rung.clear();
        self.snap.session.undo()?;
        self.go_home();
        Ok(())
    }

    /// Goes back to the rows it began with.
    pub(super) fn go_home(&mut self) {
        if self.strayed {
            self.enter(self.home);
            self.strayed = false;
        }
    }

    /// Goes by the time of others that it shares a snapshot with.
    pub(super) fn stand_at(&mut self, now: Timestamp) {
        self.snap.now = now;
    }

    /// Brings the time of the transaction up to now, once its locks are granted,
    /// and never to before `last`, the last change of what it is about. So what
    /// happens to one thing happens in the order of its times, however long
    /// somebody waited and whichever server's clock is ahead.
    pub fn follow(&mut self, last: Timestamp) {
        self.snap.now = self.snap.now.max(self.clock.now()).max(last);
    }

    /// Wakes whoever waits for this, once it is committed.
    pub fn ring(&mut self, word: impl Into<Word>) {
        let word = word.into();
        if !self.rung.contains(&word) {
            self.rung.push(word);
        }
    }

    pub(super) fn because_of(&mut self, cause: Option<Arc<Cause>>) {
        self.cause = cause;
    }

    /// What it is for the sake of, where that is known.
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.as_deref()
    }

    /// What is to be rung after the commit.
    pub(super) fn rung(&mut self) -> Vec<Word> {
        std::mem::take(&mut self.rung)
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

/// Locks are numbers; two names that share one only wait for each other.
fn lock_key(name: &str) -> i64 {
    let digest: [u8; 32] = Sha256::digest(name).into();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}
