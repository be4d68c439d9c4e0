//! One transaction on PostgreSQL, with as few ways there and back as it needs.
//!
//! What nobody waits for - the beginning, locks, rows that are put - is sent
//! with the next question or with the commit. PostgreSQL carries all of it out
//! in order; the first that fails is why the transaction failed.

use super::{fault, in_file, moved, wire::Wire};
use crate::{
    db::{Args, Scope, sql::Sql, value::Value},
    failure::Fault,
};
use futures_util::TryStreamExt;
use std::{
    cell::RefCell,
    future::poll_fn,
    ops::ControlFlow,
    pin::{Pin, pin},
    task::Poll,
};
use tokio_postgres::{Client, Error, Row, Statement};

/// Rows that are fetched at once where all of them may not fit into memory.
const CURSOR_ROWS: usize = 1_000;

/// One transaction.
pub(in crate::db) struct Flight {
    wire: RefCell<Wire>,
    state: RefCell<State>,
    scope: Scope,
    looks: bool,
}

#[derive(Default)]
struct State {
    begun: bool,
    wrote: bool,
    failed: bool,
    waiting: Vec<Waiting>,
    /// Cursors that are open.
    cursors: usize,
}

/// What has to be sent before the next question.
enum Waiting {
    Lock(i64),
    Enter(String),
    Put { sql: &'static Sql, args: Vec<Value<'static>>, one: bool },
}

type Sent<'a> = Pin<Box<dyn Future<Output = Result<u64, Error>> + 'a>>;

impl Flight {
    pub(super) fn new(wire: Wire, scope: Scope, looks: bool) -> Self {
        Self { wire: RefCell::new(wire), state: RefCell::default(), scope, looks }
    }

    /// Hands over rows that are all in memory, so that whoever sees one may ask
    /// something else.
    pub(in crate::db) fn each<E: From<Fault>>(
        &self,
        sql: &'static Sql,
        args: Args<'_>,
        mut see: impl FnMut(&Row) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let statement = self.prepared(sql)?;
        for row in self.ask(sql, &statement, args)? {
            if see(&row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Hands over rows of which there may be more than fit into memory.
    pub(in crate::db) fn stream<E: From<Fault>>(
        &self,
        sql: &'static Sql,
        args: Args<'_>,
        mut see: impl FnMut(&Row) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
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
        self.begin()?;
        let statement = self.prepared_text(&text, sql)?;
        self.ask(sql, &statement, args).map(drop)
    }

    fn close(&self, depth: usize) -> Result<(), Fault> {
        self.state.borrow_mut().cursors = depth;
        self.say(&format!("close rows_{depth}"))
    }

    fn begin(&self) -> Result<(), Fault> {
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
        self.state.borrow_mut().wrote = true;
        let done = self.fly(async |client| client.execute_raw(&statement, args).await)?;
        let rows = done.map_err(|error| self.failed(in_file(sql, error)))?;
        usize::try_from(rows).map_err(|_| Fault::Other("more rows than memory".to_owned()))
    }

    pub(in crate::db) fn changes(&self) {
        self.state.borrow_mut().wrote = true;
    }

    pub(in crate::db) fn put(&self, sql: &'static Sql, args: Args<'_>, one: bool) {
        let args = args.iter().map(Value::kept).collect();
        let mut state = self.state.borrow_mut();
        state.wrote = true;
        state.waiting.push(Waiting::Put { sql, args, one });
    }

    pub(in crate::db) fn lock(&self, key: i64) {
        self.state.borrow_mut().waiting.push(Waiting::Lock(key));
    }

    pub(in crate::db) fn enter(&self, scope: Scope) {
        self.state.borrow_mut().waiting.push(Waiting::Enter(entering(scope)));
    }

    /// Takes back everything that was written. What was only read and locked
    /// stays read and locked.
    pub(in crate::db) fn undo(&self) -> Result<(), Fault> {
        let state = self.state.take();
        if state.begun && (state.wrote || state.failed) {
            return self.say("rollback");
        }
        // Whose rows may be touched has been said to the caller already.
        let stays = |waiting: &Waiting| matches!(waiting, Waiting::Lock(_) | Waiting::Enter(_));
        let waiting = state.waiting.into_iter().filter(stays).collect();
        *self.state.borrow_mut() = State { begun: state.begun, waiting, ..State::default() };
        Ok(())
    }

    /// Makes everything that was written last.
    pub(super) fn commit(&self) -> Result<(), Fault> {
        if self.state.borrow().failed {
            // PostgreSQL would answer a commit with a rollback and call it a success.
            return Err(Fault::Other("a command went on after its database failed".to_owned()));
        }
        let done = self.fly(async |client| client.batch_execute("commit").await)?;
        *self.state.borrow_mut() = State::default();
        done.map_err(|error| moved(error).unwrap_or_else(fault))
    }

    /// Ends a transaction of which nothing more is kept, and hands back the
    /// connection if it can be used again.
    pub(super) fn end(self) -> Option<Wire> {
        let begun = self.state.take().begun;
        let ended = if begun { self.say("rollback") } else { Ok(()) };
        ended.ok().map(|()| self.wire.into_inner())
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
        let (begun, waiting) = {
            let mut state = self.state.borrow_mut();
            let begun = std::mem::replace(&mut state.begun, true);
            (begun, std::mem::take(&mut state.waiting))
        };
        let flown = self.fly_all(begun, &waiting, last);
        flown.map_err(|fault| self.failed(fault))
    }

    fn fly_all<T>(
        &self,
        begun: bool,
        waiting: &[Waiting],
        last: impl AsyncFnOnce(&Client) -> Result<T, Error>,
    ) -> Result<Result<T, Error>, Fault> {
        let wire = &mut *self.wire.borrow_mut();
        let mut prepared = Vec::with_capacity(waiting.len());
        for waiting in waiting {
            prepared.push(match waiting {
                Waiting::Lock(_) => Some(wire.lock().clone()),
                Waiting::Put { sql, one: false, .. } => Some(wire.prepared(sql)?),
                Waiting::Put { sql, one: true, .. } => Some(wire.prepared_for_one(sql)?),
                Waiting::Enter(_) => None,
            });
        }
        let begin = (!begun).then(|| beginning(self.scope, self.looks));
        let Wire { client, driver, .. } = wire;
        let client = &*client;
        let mut ahead: Vec<Sent<'_>> = Vec::with_capacity(waiting.len() + 1);
        if let Some(begin) = &begin {
            ahead.push(Box::pin(async { client.batch_execute(begin).await.map(|()| 0) }));
        }
        for (waiting, statement) in waiting.iter().zip(&prepared) {
            ahead.push(match (waiting, statement) {
                (Waiting::Enter(words), _) => {
                    Box::pin(async { client.batch_execute(words).await.map(|()| 0) })
                }
                (Waiting::Lock(key), Some(lock)) => {
                    Box::pin(client.execute_raw(lock, [Value::Int(*key)]))
                }
                (Waiting::Put { args, .. }, Some(put)) => {
                    Box::pin(client.execute_raw(put, args.as_slice()))
                }
                (_, None) => continue,
            });
        }
        let (heard, last) = driver.wait(in_order(ahead, last(client)))?;
        check(heard, usize::from(begin.is_some()), waiting)?;
        Ok(last)
    }
}

/// Everything there is to say before the first statement.
fn beginning(scope: Scope, looks: bool) -> String {
    let begin = if looks { "begin isolation level repeatable read read only" } else { "begin" };
    match scope {
        Scope::Tenant(tenant) => format!("{begin}; set local docket.tenant = '{tenant}'"),
        Scope::Everyone => format!("{begin}; set local docket.everyone = 'on'"),
    }
}

fn entering(scope: Scope) -> String {
    let (tenant, everyone) = match scope {
        Scope::Tenant(tenant) => (tenant.to_string(), "off"),
        Scope::Everyone => (String::new(), "on"),
    };
    format!("set local docket.tenant = '{tenant}'; set local docket.everyone = '{everyone}'")
}

/// Sends one after the other without waiting in between, and hears all of them.
async fn in_order<T>(
    mut ahead: Vec<Sent<'_>>,
    last: impl Future<Output = Result<T, Error>>,
) -> (Vec<Result<u64, Error>>, Result<T, Error>) {
    let mut last = pin!(last);
    let mut heard: Vec<Option<Result<u64, Error>>> = ahead.iter().map(|_| None).collect();
    let mut said = None;
    poll_fn(|cx| {
        let mut pending = false;
        for (sent, heard) in ahead.iter_mut().zip(&mut heard) {
            if heard.is_none() {
                match sent.as_mut().poll(cx) {
                    Poll::Ready(done) => *heard = Some(done),
                    Poll::Pending => pending = true,
                }
            }
        }
        if said.is_none() {
            match last.as_mut().poll(cx) {
                Poll::Ready(done) => said = Some(done),
                Poll::Pending => pending = true,
            }
        }
        match said.take() {
            Some(done) if !pending => Poll::Ready((heard.drain(..).flatten().collect(), done)),
            kept => {
                said = kept;
                Poll::Pending
            }
        }
    })
    .await
}

/// Why what was sent ahead failed, if it did.
fn check(heard: Vec<Result<u64, Error>>, begins: usize, waiting: &[Waiting]) -> Result<(), Fault> {
    let mut heard = heard.into_iter();
    for begun in heard.by_ref().take(begins) {
        begun.map_err(fault)?;
    }
    for (heard, waiting) in heard.zip(waiting) {
        match waiting {
            Waiting::Enter(_) => heard.map(drop).map_err(fault)?,
            Waiting::Lock(_) => {
                heard.map(drop).map_err(|error| moved(error).unwrap_or_else(fault))?
            }
            Waiting::Put { sql, .. } => heard.map(drop).map_err(|error| super::put(sql, error))?,
        }
    }
    Ok(())
}
