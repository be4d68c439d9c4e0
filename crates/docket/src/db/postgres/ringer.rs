//! Rings that reach every process on the same database.
//!
//! One connection of its own listens, and tells the others what was rung here.
//! It does that after the commits it tells of, and what is rung meanwhile goes
//! together: PostgreSQL lets one transaction at a time notify in all of its
//! databases, and none that has something to write should wait for that.
//!
//! It is also the one that notices when the database stands still.

use super::{
    options::Options,
    pool::Shared,
    wire::{self, Messages},
};
use crate::{
    db::bell::{Ear, Word},
    failure::Fault,
};
use futures_util::StreamExt;
use kernel::refusal::Chain;
use std::{
    cell::Cell,
    collections::BTreeSet,
    convert::Infallible,
    pin::pin,
    sync::mpsc::{self, Sender},
    time::Duration,
};
use tokio::{runtime::Builder, time::timeout};
use tokio_postgres::{AsyncMessage, Client, Error, tls::NoTls};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long to leave a database alone that does not answer.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// At most one ring for others in this time. What is rung meanwhile waits for it.
const PAUSE: Duration = Duration::from_millis(2);
/// How often the database is asked whether it is there, if nothing is rung.
const BEAT: Duration = Duration::from_secs(1);
/// For how long it may say nothing.
const SILENCE_MAX: Duration = Duration::from_secs(5);
/// PostgreSQL takes less than 8000 bytes at once.
const BYTES_MAX: usize = 7_000;

/// Carries rings until it is dropped.
pub(super) struct Ringer {
    _until: DropGuard,
}

impl Ringer {
    /// Begins to listen, or learns that it cannot yet.
    pub(super) fn start(shared: &Shared) -> Self {
        let shared = shared.clone();
        let stop = CancellationToken::new();
        let (stopped, (begun, begins)) = (stop.clone(), mpsc::channel());
        let body = move || match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(carry(&shared, begun, stopped)),
            Err(cause) => tracing::error!(%cause, "no bell can be heard"),
        };
        // Without its thread, everybody looks for themselves after a while.
        drop(std::thread::Builder::new().name("bell".to_owned()).spawn(body));
        let _ = begins.recv();
        Self { _until: stop.drop_guard() }
    }
}

async fn carry(shared: &Shared, begun: Sender<()>, stop: CancellationToken) {
    let (ear, begun) = (shared.bell.ear_beyond(), Cell::new(Some(begun)));
    let silent = Cell::new(false);
    let carrying = async {
        loop {
            let Err(fault) = connected(shared, &ear, &begun, &silent).await;
            if !fault.passes() {
                tracing::warn!(error = %Chain(&fault), "rings do not reach other processes");
            }
            drop(begun.take());
            // A connection that has fallen silent may have done so alone.
            if !silent.get() {
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        }
    };
    tokio::select! {
        () = carrying => {}
        () = stop.cancelled() => {}
    }
}

/// Listens and tells until the connection is lost.
async fn connected(
    shared: &Shared,
    ear: &Ear,
    begun: &Cell<Option<Sender<()>>>,
    silent: &Cell<bool>,
) -> Result<Infallible, Fault> {
    let opened = shared.reach.noted(open(&shared.options).await);
    if silent.replace(false) && opened.is_err() {
        shared.reach.cut();
    }
    let (client, mut messages) = opened?;
    // PostgreSQL tells us what we have rung as well.
    let own = Cell::new(None);
    let mut telling = pin!(tell(&client, ear, &own, begun, silent));
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(rung))) => {
                    if own.get() != Some(rung.process_id()) {
                        shared.bell.hear(rung.payload().lines().map(|word| Word::from(word.to_owned())));
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(super::unreachable(error)),
                None => return Err(Fault::Unavailable("the connection was lost".to_owned())),
            },
            Err(fault) = &mut telling => return Err(fault),
        }
    }
}

async fn open(options: &Options) -> Result<(Client, Messages), Fault> {
    match options.tls()? {
        None => wire::reach(options, NoTls).await,
        Some(tls) => wire::reach(options, tls).await,
    }
}

/// Tells the others what is rung here, for as long as they can be told.
async fn tell(
    client: &Client,
    ear: &Ear,
    own: &Cell<Option<i32>>,
    begun: &Cell<Option<Sender<()>>>,
    silent: &Cell<bool>,
) -> Result<Infallible, Fault> {
    let listen = async {
        client.batch_execute("set synchronous_commit = off; listen docket").await?;
        let id: i32 = client.query_one("select pg_backend_pid()", &[]).await?.try_get(0)?;
        Ok((id, client.prepare("select pg_notify('docket', $1)").await?))
    };
    let (id, notify) = answered(listen, silent).await?;
    own.set(Some(id));
    drop(begun.take());
    loop {
        match timeout(BEAT, ear.heard()).await {
            Ok(words) => {
                for payload in payloads(&words) {
                    answered(client.execute(&notify, &[&payload]), silent).await?;
                }
            }
            Err(_) => answered(client.batch_execute(""), silent).await?,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What the database answers, unless it says nothing for too long.
async fn answered<T>(
    asked: impl Future<Output = Result<T, Error>>,
    silent: &Cell<bool>,
) -> Result<T, Fault> {
    match timeout(SILENCE_MAX, asked).await {
        Ok(answer) => answer.map_err(super::fault),
        Err(_) => {
            silent.set(true);
            Err(wire::silent())
        }
    }
}

/// The words, a line each, in as many texts as it takes.
fn payloads(words: &BTreeSet<Word>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        match all.last_mut().filter(|last| last.len() + word.len() < BYTES_MAX) {
            Some(last) => *last = format!("{last}\n{word}"),
            None => all.push(word.to_string()),
        }
    }
    all
}
