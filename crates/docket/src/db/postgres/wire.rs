//! One connection, driven by the thread that uses it.
//!
//! Verbs are synchronous, so a transaction belongs to a thread. That thread
//! runs the connection too: what it sends and what comes back never waits for
//! another thread to be scheduled, and what is sent together goes out in one
//! packet.

use super::{
    many,
    options::{Options, REACHED_WITHIN},
};
use crate::{db::sql::Sql, failure::Fault};
use futures_util::{Stream, future::try_join, stream, task::AtomicWaker};
use std::{
    borrow::Cow,
    collections::HashMap,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};
use tokio_postgres::{
    AsyncMessage, Client, Connection, Error, Socket, Statement,
    error::SqlState,
    tls::{MakeTlsConnect, NoTls, TlsConnect},
};

pub(super) type Messages = Pin<Box<dyn Stream<Item = Result<AsyncMessage, Error>> + Send>>;

/// One connection with what it has prepared.
pub(super) struct Wire {
    pub client: Client,
    pub driver: Driver,
    /// By the address of the static that names the statement, and whether it
    /// has to change one row.
    statements: HashMap<(usize, bool), Statement>,
    /// The same for many at once, where it can be said so.
    many: HashMap<usize, Option<Statement>>,
    lock: Statement,
    free_locks: Statement,
}

/// Carries what a [`Client`] says, and what it is told.
pub(super) struct Driver {
    runtime: Background,
    messages: Messages,
    closed: bool,
    cord: Arc<Cord>,
}

/// What a connection hangs by. Whoever learns that the other end has fallen silent
/// cuts it, and whoever waits for an answer waits no longer.
#[derive(Default)]
pub(super) struct Cord {
    cut: AtomicBool,
    waiting: AtomicWaker,
}

impl Cord {
    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::Release);
        self.waiting.wake();
    }

    /// Whether it was cut; if not, the task is woken when it is.
    fn is_cut(&self, cx: &Context<'_>) -> bool {
        self.waiting.register(cx.waker());
        self.cut.load(Ordering::Acquire)
    }
}

/// A runtime that may be dropped anywhere, on a thread that runs another too.
struct Background(Option<Runtime>);

impl Background {
    fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Fault> {
        self.0.as_ref().map(|runtime| runtime.block_on(future)).ok_or_else(gone)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Wire {
    /// # Errors
    /// If the database does not let us in.
    pub(super) fn connect(options: &Options) -> Result<Self, Fault> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime
            .map_err(|cause| Fault::Unavailable(format!("no connection can be driven: {cause}")))?;
        let runtime = Background(Some(runtime));
        let (client, messages) = match options.tls()? {
            None => open(&runtime, options, NoTls)?,
            Some(tls) => open(&runtime, options, tls)?,
        };
        let mut driver = Driver { runtime, messages, closed: false, cord: Arc::default() };
        let locks = async { try_join(client.prepare(LOCK), client.prepare(FREE_LOCKS)).await };
        let locks = driver.wait(async { timeout(REACHED_WITHIN, locks).await })?;
        let (lock, free_locks) = locks.map_err(|_| silent())?.map_err(super::fault)?;
        let (statements, many) = (HashMap::new(), HashMap::new());
        Ok(Self { client, driver, statements, many, lock, free_locks })
    }

    pub(super) fn cord(&self) -> &Arc<Cord> {
        &self.driver.cord
    }

    /// Whether the other end is still there, as far as we have been told.
    pub(super) fn is_alive(&mut self) -> bool {
        self.driver.turn();
        !self.driver.closed && !self.client.is_closed()
    }

    /// Takes a lock, once whoever holds it has let go.
    pub(super) fn lock(&self) -> &Statement {
        &self.lock
    }

    /// Takes locks, or fails with [`NOT_ONE`] if somebody holds one of them.
    pub(super) fn free_locks(&self) -> &Statement {
        &self.free_locks
    }

    /// The statement, prepared once for as long as the connection lasts.
    pub(super) fn prepared(&mut self, sql: &'static Sql) -> Result<Statement, Fault> {
        self.prepare(sql, false)
    }

    /// The statement, which fails with [`NOT_ONE`] unless it changes one row.
    /// The commit may be on its way with it, and must not happen then.
    pub(super) fn prepared_for_one(&mut self, sql: &'static Sql) -> Result<Statement, Fault> {
        self.prepare(sql, true)
    }

    /// The statement as it is said once for many, if it can be.
    pub(super) fn prepared_for_many(
        &mut self,
        sql: &'static Sql,
    ) -> Result<Option<Statement>, Fault> {
        let name = std::ptr::from_ref(sql).addr();
        if let Some(known) = self.many.get(&name) {
            return Ok(known.clone());
        }
        let one = self.prepared(sql)?;
        let form = if sql.only_inserts() { many::put } else { many::ask };
        let prepared = match form(sql.postgres(), one.params()) {
            Some(text) => {
                let prepared = self.driver.wait(self.client.prepare(&text))?;
                Some(prepared.map_err(|error| super::in_file(sql, error))?)
            }
            None => None,
        };
        self.many.insert(name, prepared.clone());
        Ok(prepared)
    }

    fn prepare(&mut self, sql: &'static Sql, one: bool) -> Result<Statement, Fault> {
        let name = (std::ptr::from_ref(sql).addr(), one);
        if let Some(statement) = self.statements.get(&name) {
            return Ok(statement.clone());
        }
        let text = if one { for_one(sql.postgres()).into() } else { Cow::Borrowed(sql.postgres()) };
        let prepared = self.driver.wait(self.client.prepare(&text))?;
        let statement = prepared.map_err(|error| super::in_file(sql, error))?;
        self.statements.insert(name, statement.clone());
        Ok(statement)
    }
}

/// What a statement fails with that has to change one row and did not.
pub(super) const NOT_ONE: SqlState = SqlState::DIVISION_BY_ZERO;

const LOCK: &str = "select pg_advisory_xact_lock($1)";
const FREE_LOCKS: &str =
    "select 1 / case when bool_and(pg_try_advisory_xact_lock(key)) then 1 else 0 end
    from unnest($1::bigint[]) as key";

fn for_one(change: &str) -> String {
    format!(
        "with changed as ({change} returning 1)
        select 1 / case when count(*) = 1 then 1 else 0 end from changed"
    )
}

fn open<T>(runtime: &Background, options: &Options, tls: T) -> Result<(Client, Messages), Fault>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    runtime.block_on(reach(options, tls))?
}

/// Connects, or learns in time that nobody is there or nobody answers.
pub(super) async fn reach<T>(options: &Options, tls: T) -> Result<(Client, Messages), Fault>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let connected = timeout(REACHED_WITHIN, options.config().connect(tls)).await;
    let (client, connection) = connected.map_err(|_| silent())?.map_err(super::unreachable)?;
    Ok((client, messages(connection)))
}

pub(super) fn messages<S>(mut connection: Connection<Socket, S>) -> Messages
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    Box::pin(stream::poll_fn(move |cx| connection.poll_message(cx)))
}

impl Driver {
    /// Carries messages until `future` has its answer.
    ///
    /// # Errors
    /// If the connection is lost before.
    pub(super) fn wait<F: Future>(&mut self, future: F) -> Result<F::Output, Fault> {
        let Self { runtime, messages, closed, cord } = self;
        let mut future = pin!(future);
        runtime.block_on(poll_fn(|cx| {
            // First what is to be sent, then the sending, then what came of it.
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            carry(messages, closed, cx);
            match future.as_mut().poll(cx) {
                Poll::Ready(output) => Poll::Ready(Ok(output)),
                Poll::Pending if *closed => Poll::Ready(Err(gone())),
                Poll::Pending if cord.is_cut(cx) => {
                    *closed = true;
                    Poll::Ready(Err(silent()))
                }
                Poll::Pending => Poll::Pending,
            }
        }))?
    }

    /// Hears what the other end has said meanwhile.
    fn turn(&mut self) {
        let Self { runtime, messages, closed, .. } = self;
        let heard = runtime.block_on(async {
            tokio::task::yield_now().await;
            poll_fn(|cx| {
                carry(messages, closed, cx);
                Poll::Ready(())
            })
            .await;
        });
        self.closed |= heard.is_err();
    }
}

fn carry(messages: &mut Messages, closed: &mut bool, cx: &mut Context<'_>) {
    while !*closed {
        match messages.as_mut().poll_next(cx) {
            Poll::Pending => return,
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(_)) | None) => *closed = true,
        }
    }
}

pub(super) fn silent() -> Fault {
    Fault::Unavailable("it does not answer".to_owned())
}

fn gone() -> Fault {
    Fault::Unavailable("the connection was lost".to_owned())
}
