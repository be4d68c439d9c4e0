//! One transaction on PostgreSQL, with as few ways there and back as it needs.
//!
//! What nobody waits for - the beginning, locks, rows that are put, questions
//! that will be asked - is sent with the next question or with the commit.
//! PostgreSQL carries all of it out in order; the first that fails is why the
//! transaction failed.

use super::{
    fault, in_file,
    known::{Asked, Known},
    moved,
    packet::{self, Item, Put, Way},
    wire::Wire,
};
use crate::{
    db::{Args, Scope, sql::Sql, value::Value},
    failure::Fault,
};
use futures_util::TryStreamExt;
use std::{
    cell::RefCell,
    mem::{replace, take},
    ops::ControlFlow,
    rc::Rc,
};
use tokio_postgres::{Client, Error, Row, Statement};

/// Rows that are fetched at once where all of them may not fit into memory.
const CURSOR_ROWS: usize = 1_000;

/// One transaction.
pub(in crate::db) struct Flight {
    wire: RefCell<Wire>,
    state: RefCell<State>,
    scope: Scope,
    way: Way,
}

/// What has come of a look among others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sight {
    /// Everything it asked was answered.
    #[default]
    Whole,
    /// It asked what nobody had asked before, and has to be taken again.
    Partial,
    /// It asked what cannot be asked for many at once.
    Apart,
}

#[derive(Default)]
struct State {
    begun: bool,
    /// Something that the command wrote is on its way.
    sent: bool,
    failed: bool,
    /// What has to be sent before the next question.
    waiting: Vec<Item>,
    /// Where among it the command begins; before it are those it shares with.
    mark: usize,
    /// The how manieth of those that share it this is.
    by: usize,
    /// What has come of a look among others.
    sight: Sight,
    /// Locks that are held, or asked for.
    locks: Vec<i64>,
    /// Questions that will be asked, after all that waits.
    asked: Vec<Asked>,
    /// What they were answered.
    known: Known,
    /// Cursors that are open.
    cursors: usize,
    /// How often we have waited for the other end.
    ways: u64,
}

impl State {
    /// Everything that waits, in the order in which it has to be sent.
    fn leaving(&mut self, scope: Scope, way: Way) -> Vec<Item> {
        self.ways += 1;
        let mark = take(&mut self.mark);
        self.sent |= self.waiting[mark..].iter().any(|item| matches!(item, Item::Put(_)));
        let begin = (!replace(&mut self.begun, true)).then(|| Item::begin(scope, way));
        let (waiting, asked) = (take(&mut self.waiting), take(&mut self.asked));
        begin.into_iter().chain(waiting).chain(asked.into_iter().map(Item::Ask)).collect()
    }
}

impl Flight {
    pub(super) fn new(wire: Wire, scope: Scope, way: Way) -> Self {
        Self { wire: RefCell::new(wire), state: RefCell::default(), scope, way }
    }

    /// Another command or look begins.
    pub(super) fn next(&self) {
        let state = &mut *self.state.borrow_mut();
        state.mark = state.waiting.len();
        state.by += 1;
        state.sent = false;
        state.sight = Sight::Whole;
    }

    /// What has come of the look among others that was taken last.
    pub(super) fn sight(&self) -> Sight {
        self.state.borrow().sight
    }

    /// Asks what was to be asked, if there is anything.
    pub(super) fn answer(&self) -> Result<(), Fault> {
        let none = self.state.borrow().asked.is_empty();
        if none { Ok(()) } else { self.send() }
    }

    /// Hands over rows that are all in memory, so that whoever sees one may ask
    /// something else.
    pub(in crate::db) fn each<E: From<Fault>>(
        &self,
        sql: &'static Sql,
        args: Args<'_>,
        mut see: impl FnMut(&Row) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let rows = match self.foreseen(sql, args)? {
            Some(rows) => rows,
            None if self.way == Way::LooksTogether => return Err(self.later(sql, args).into()),
            None => Rc::new(self.ask(sql, &self.prepared(sql)?, args)?),
        };
        for row in rows.iter() {
            if see(row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Asks with the next question, or whatever else has to be sent.
    pub(in crate::db) fn foresee(&self, sql: &'static Sql, args: Args<'_>) {
        let state = &mut *self.state.borrow_mut();
        if state.known.get(sql, args).is_none()
            && !state.asked.iter().any(|asked| asked.is(sql, args))
        {
            state.asked.push(Asked::new(sql, args));
        }
    }

    /// The answer to a question that was foreseen.
    fn foreseen(&self, sql: &'static Sql, args: Args<'_>) -> Result<Option<Rc<Vec<Row>>>, Fault> {
        let waits = self.state.borrow().asked.iter().any(|asked| asked.is(sql, args));
        if waits && self.way != Way::LooksTogether {
            self.send()?;
        }
        Ok(self.state.borrow().known.get(sql, args))
    }

    /// Has a question asked with those of others, and the look taken again then.
    fn later(&self, sql: &'static Sql, args: Args<'_>) -> Fault {
        self.foresee(sql, args);
        self.has(Sight::Partial);
        Fault::Moved("it is asked with the questions of others".to_owned())
    }

    fn has(&self, sight: Sight) {
        let state = &mut *self.state.borrow_mut();
        if state.sight != Sight::Apart {
            state.sight = sight;
        }
    }

    /// Hands over rows of which there may be more than fit into memory.
    pub(in crate::db) fn stream<E: From<Fault>>(
        &self,
        sql: &'static Sql,
        args: Args<'_>,
        mut see: impl FnMut(&Row) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        if self.way == Way::LooksTogether {
            self.has(Sight::Apart);
            return Err(Fault::Moved("rows without end are for one alone".to_owned()).into());
        }
        let depth = self.state.borrow().cursors;
        self.declare(sql, depth, args)?;
        self.state.borrow_mut().cursors += 1;
        let fetch = self.prepared_text(&format!("fetch {CURSOR_ROWS} from rows_{depth}"), sql)?;
        loop {
            let rows = self.ask(sql, &fetch, &[])?;
            let last = rows.len() < CURSOR_ROWS;
            for row in &rows {
                if see(row)?.is_break() {
                    return Ok(self.close(depth)?);
                }
            }
            if last {
                return Ok(self.close(depth)?);
            }
        }
    }

    fn declare(&self, sql: &'static Sql, depth: usize, args: Args<'_>) -> Result<(), Fault> {
        let text = format!("declare rows_{depth} no scroll cursor for {}", sql.postgres());
        // The transaction has to have begun for there to be a cursor in it.
        self.send()?;
        let statement = self.prepared_text(&text, sql)?;
        self.ask(sql, &statement, args).map(drop)
    }

    fn close(&self, depth: usize) -> Result<(), Fault> {
        self.state.borrow_mut().cursors = depth;
        self.say(&format!("close rows_{depth}"))
    }

    /// Sends what waits, without a question.
    fn send(&self) -> Result<(), Fault> {
        self.fly(async |_| Ok(()))?.map_err(fault)
    }

    fn ask(
        &self,
        sql: &'static Sql,
        statement: &Statement,
        args: Args<'_>,
    ) -> Result<Vec<Row>, Fault> {
        let asked = self.fly(async |client| {
            client.query_raw(statement, args).await?.try_collect::<Vec<_>>().await
        })?;
        asked.map_err(|error| self.failed(in_file(sql, error)))
    }

    pub(in crate::db) fn execute(&self, sql: &'static Sql, args: Args<'_>) -> Result<usize, Fault> {
        let statement = self.prepared(sql)?;
        self.changes(sql, args);
        let done = self.fly(async |client| client.execute_raw(&statement, args).await)?;
        let rows = done.map_err(|error| self.failed(in_file(sql, error)))?;
        usize::try_from(rows).map_err(|_| Fault::Other("more rows than memory".to_owned()))
    }

    /// Something is written at once: what was read of it is no longer known, and
    /// what was to be asked of it before is asked after it.
    pub(in crate::db) fn changes(&self, sql: &'static Sql, args: Args<'_>) {
        let mut state = self.state.borrow_mut();
        state.sent = true;
        state.known.forget(sql, args);
        state.asked.retain(|asked| !asked.sees(sql, args));
    }

    /// What was to be asked goes after it anyway.
    pub(in crate::db) fn put(&self, sql: &'static Sql, args: Args<'_>, one: bool) {
        let mut state = self.state.borrow_mut();
        state.known.forget(sql, args);
        let put = Put { sql, args: args.iter().map(Value::kept).collect(), one, by: state.by };
        state.waiting.push(Item::Put(put));
    }

    pub(in crate::db) fn lock(&self, key: i64) {
        let state = &mut *self.state.borrow_mut();
        if state.locks.contains(&key) {
            return;
        }
        state.locks.push(key);
        // Whoever shares holds the locks of others until all of them are done,
        // and must not wait for somebody who may be waiting for one of those.
        let shares = self.way == Way::Together;
        state.waiting.push(if shares { Item::FreeLock(key) } else { Item::Lock(key) });
        // Whoever was before us may have changed anything.
        state.known = Known::default();
    }

    pub(in crate::db) fn enter(&self, scope: Scope) {
        if self.way == Way::LooksTogether {
            return self.has(Sight::Apart);
        }
        let state = &mut *self.state.borrow_mut();
        state.waiting.push(Item::enter(scope));
        state.known = Known::default();
    }

    /// Takes back everything that the command has written. What was only read
    /// and locked stays read and locked.
    ///
    /// # Errors
    /// If it is on its way already, together with what others have written.
    pub(in crate::db) fn undo(&self) -> Result<(), Fault> {
        let state = &mut *self.state.borrow_mut();
        if state.begun && (state.sent || state.failed) {
            if self.way == Way::Together {
                state.failed = true;
                return Err(Fault::Moved("it cannot be undone in company".to_owned()));
            }
            *state = State { ways: state.ways + 1, ..State::default() };
            return self.say("rollback");
        }
        // Whose rows may be touched has been said to the caller already.
        let stays =
            |item: &Item| matches!(item, Item::Lock(_) | Item::FreeLock(_) | Item::Words(_));
        let own = state.waiting.split_off(state.mark);
        state.waiting.extend(own.into_iter().filter(stays));
        Ok(())
    }

    /// Whether there is nothing more to be done in this transaction.
    pub(super) fn has_failed(&self) -> bool {
        self.state.borrow().failed
    }

    /// Makes everything that was written last.
    pub(super) fn commit(&self) -> Result<(), Fault> {
        if self.state.borrow().failed {
            // PostgreSQL would answer a commit with a rollback and call it a success.
            return Err(Fault::Other("a command went on after its database failed".to_owned()));
        }
        let done = self.fly(async |client| client.batch_execute("commit").await)?;
        self.over();
        done.map_err(|error| moved(error).unwrap_or_else(fault))
    }

    /// Ends a transaction of which nothing more is kept, and hands back the
    /// connection if it can be used again.
    pub(super) fn end(self) -> Option<Wire> {
        let begun = self.state.take().begun;
        let ended = if begun { self.say("rollback") } else { Ok(()) };
        ended.ok().map(|()| self.wire.into_inner())
    }

    /// How often the transaction has waited for the other end so far.
    #[cfg(test)]
    pub(super) fn ways(&self) -> u64 {
        self.state.borrow().ways
    }

    fn over(&self) {
        let mut state = self.state.borrow_mut();
        *state = State { ways: state.ways, ..State::default() };
    }

    fn say(&self, words: &str) -> Result<(), Fault> {
        let Wire { client, driver, .. } = &mut *self.wire.borrow_mut();
        driver.wait(client.batch_execute(words))?.map_err(fault)
    }

    fn prepared(&self, sql: &'static Sql) -> Result<Statement, Fault> {
        let prepared = self.wire.borrow_mut().prepared(sql);
        prepared.map_err(|fault| self.failed(fault))
    }

    fn prepared_text(&self, text: &str, sql: &'static Sql) -> Result<Statement, Fault> {
        let Wire { client, driver, .. } = &mut *self.wire.borrow_mut();
        let prepared = driver.wait(client.prepare(text))?;
        prepared.map_err(|error| self.failed(in_file(sql, error)))
    }

    fn failed(&self, fault: Fault) -> Fault {
        self.state.borrow_mut().failed = true;
        fault
    }

    /// Sends what waits and then `last`, and hears all the answers.
    fn fly<T>(
        &self,
        last: impl AsyncFnOnce(&Client) -> Result<T, Error>,
    ) -> Result<Result<T, Error>, Fault> {
        let items = self.state.borrow_mut().leaving(self.scope, self.way);
        let sent = packet::send(&mut self.wire.borrow_mut(), items, last);
        let (answers, last) = sent.map_err(|fault| self.failed(fault))?;
        self.state.borrow_mut().known.learn(answers);
        Ok(last)
    }
}
