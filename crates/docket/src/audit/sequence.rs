//! The sequencer: makes leaves of committed entries, in the order of commits.
//!
//! ```text
//!   read entries ─▶ hash ─▶ grow tiles ─▶ sign ─▶ one small write, if the log
//!   (reader)        (a thread of its own)          is still what was read
//! ```
//!
//! Killed anywhere before the write, nothing has happened; after it, all of it
//! has. Two sequencers on one database cannot fork the log, because the write
//! compares size and root with what it was built on. A checkpoint that was
//! signed and not written has been seen by nobody, and whatever is signed
//! instead begins with the same leaves.

use super::log::{self, Grown, Run, Settle, Stored};
use crate::{
    db::{Committed, Db, Scope, Snap, args, statements},
    failure::{Failure, Fault},
};
use jiff::Timestamp;
use kernel::{
    checkpoint::{Checkpoint, NotOpened},
    merkle::{BadEdge, Hash, Tile, TileBuilder},
    note::{Algorithm, BadNote, SignedNote, Signer, VerifierKey},
    refusal::Chain,
};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{sync::Mutex, task::JoinHandle, time::MissedTickBehavior};

statements! {
    SETTLED = "log_settled.sql" | "log_settled.postgres.sql";
    WAITING = "entry_waiting.sql" | "entry_waiting.postgres.sql";
    BACKLOG = "log_backlog.sql" | "log_backlog.postgres.sql";
}

/// Entries that become leaves under one checkpoint.
const BATCH_MAX: i64 = 10_000;

/// How long an entry waits for company before it becomes a leaf.
const PAUSE: Duration = Duration::from_millis(200);

/// Grows the log. Cheap to clone; all clones are one sequencer.
#[derive(Clone)]
pub struct Sequencer(Arc<Inner>);

struct Inner {
    db: Db,
    signer: Signer,
    /// The right edge of the tree, once it has been read and compared.
    edge: Mutex<Option<Edge>>,
    stopped: OnceLock<NotContinued>,
}

/// Where the log ends.
#[derive(Clone, Default)]
struct Edge {
    builder: TileBuilder,
    checkpoint: Option<(u64, Hash)>,
}

/// How far the log has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Leaves.
    pub size: u64,
    /// Entries that are committed and not yet leaves.
    pub backlog: u64,
    /// When the last checkpoint was signed.
    pub at: Option<Timestamp>,
}

impl Sequencer {
    /// The signer's name is the origin of the log.
    pub fn new(db: Db, signer: Signer) -> Self {
        let (edge, stopped) = (Mutex::default(), OnceLock::new());
        Self(Arc::new(Inner { db, signer, edge, stopped }))
    }

    /// Sequences whatever is committed until the task is dropped or aborted,
    /// which it may be at any moment.
    pub fn start(&self) -> JoinHandle<()> {
        let sequencer = self.clone();
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(PAUSE);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut failed = false;
            while sequencer.stopped().is_none() {
                tick.tick().await;
                let ran = sequencer.finish().await;
                if let (Err(Failure::Broke(fault)), false) = (&ran, failed)
                    && !fault.passes()
                {
                    tracing::error!(error = %Chain(fault), "the audit log could not be continued");
                }
                failed = ran.is_err();
            }
        })
    }

    /// Sequences until nothing committed is left, and says how much that was.
    ///
    /// # Errors
    /// If the database does not answer, or the log is not continued.
    pub async fn finish(&self) -> Result<u64, Failure> {
        let mut all = 0;
        loop {
            match self.once().await? {
                0 => return Ok(all),
                some => all += some,
            }
        }
    }

    /// Makes leaves of one batch and says how many. Nothing is signed once the
    /// log was found not to be what was signed before.
    ///
    /// # Errors
    /// If the database does not answer, or the log is not continued.
    pub async fn once(&self) -> Result<u64, Failure> {
        // Taken out of here, so that whoever drops this half-way leaves nothing
        // that was not written, and the next one reads what was.
        let mut held = self.0.edge.lock().await;
        loop {
            let Batch { edge, grown, settle } = self.next_batch(held.take()).await?;
            let Some(grown) = grown else {
                *held = Some(edge);
                if let Some(settle) = settle {
                    self.0.db.write(Scope::Everyone, move |tx| settle_in(tx, &settle)).await?;
                }
                return Ok(0);
            };
            let leaves = grown.runs.iter().map(|run| run.entries).sum();
            let grown = Arc::new(grown);
            if self.0.db.write(Scope::Everyone, move |tx| write(tx, &grown)).await? {
                *held = Some(edge);
                return Ok(leaves);
            }
            // Somebody else was faster: read what the log is now.
        }
    }

    async fn next_batch(&self, edge: Option<Edge>) -> Result<Batch, Failure> {
        if let Some(why) = self.stopped() {
            return Err(stopped(why));
        }
        let me = Arc::clone(&self.0);
        match tokio::task::spawn_blocking(move || me.next_batch(edge)).await {
            Ok(Ok(batch)) => Ok(batch),
            Ok(Err(Halt::Failed(failure))) => Err(failure),
            Ok(Err(Halt::NotContinued(why))) => Err(self.stop(why)),
            Err(panic) => Err(Fault::Panic(panic.to_string()).into()),
        }
    }

    /// Why the log is not continued, if it is not.
    pub fn stopped(&self) -> Option<&NotContinued> {
        self.0.stopped.get()
    }

    /// Whether the log in the database is one that we may continue. Whoever has
    /// another key could serve, and what it did would wait for the others.
    ///
    /// # Errors
    /// If somebody else signed it, or the database does not answer.
    pub async fn check(&self) -> Result<(), Failure> {
        let head = self.0.db.read(Scope::Everyone, |snap| Ok(log::head(snap)?)).await?;
        match head.map(|head| compare(&head, &self.0.signer)) {
            Some(Err(why @ NotContinued::Checkpoint(_))) => Err(Fault::Unfit(format!(
                "the audit log in this database is not one to be continued from here: {};                  the machines of a deployment share one `origin` and the keys in `keys`",
                Chain(&why)
            ))
            .into()),
            _ => Ok(()),
        }
    }

    /// How far the log has come.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn standing(&self) -> Result<Standing, Failure> {
        self.0.db.read_waiting(Scope::Everyone, |snap| Ok(standing(snap)?))
    }

    /// The public key that checkpoints are checked with.
    pub fn key(&self) -> VerifierKey {
        self.0.signer.verifier(Algorithm::Log)
    }

    fn stop(&self, why: NotContinued) -> Failure {
        let why = self.0.stopped.get_or_init(|| {
            tracing::error!(error = %Chain(&why), "the audit log is not what was signed; nothing more is signed");
            why
        });
        stopped(why)
    }
}

fn stopped(why: &NotContinued) -> Failure {
    Fault::Other(format!("the audit log is not continued: {}", Chain(why))).into()
}

/// How far the log has come.
///
/// # Errors
/// If the database does not answer.
pub fn standing(snap: &Snap<'_>) -> Result<Standing, Fault> {
    let head = log::head(snap)?;
    let Settled { entry_no, .. } = settled(snap)?;
    let backlog: i64 = snap.one(&BACKLOG, args![entry_no], |row| row.get(0))?;
    Ok(Standing {
        size: head.as_ref().map_or(0, |head| head.size),
        backlog: u64::try_from(backlog).unwrap_or(0),
        at: head.map(|head| head.at),
    })
}

fn settle_in(tx: &mut crate::db::Tx<'_>, settle: &Settle) -> Committed<()> {
    match log::settle(tx, settle) {
        Ok(recorded) => Committed::Changed((), recorded),
        Err(fault) => Committed::Failed(fault.into()),
    }
}

/// Up to where no entry can turn up any more.
pub(super) struct Settled {
    pub entry_no: i64,
    /// The highest number that is a leaf. If it is above the other, a slow
    /// commit may still turn up between them.
    last: i64,
    /// The oldest transaction whose end this snapshot did not see.
    oldest: String,
}

pub(super) fn settled(snap: &Snap<'_>) -> Result<Settled, Fault> {
    snap.one(&SETTLED, args![], |row| {
        Ok(Settled { entry_no: row.get(0)?, last: row.get(1)?, oldest: row.get(2)? })
    })
}

fn write(tx: &mut crate::db::Tx<'_>, grown: &Grown) -> Committed<bool> {
    match log::grow(tx, grown) {
        Ok(Some(recorded)) => Committed::Changed(true, recorded),
        Ok(None) => Committed::Unchanged(false),
        Err(fault) => Committed::Failed(fault.into()),
    }
}

/// The edge as it will be, and what has to be written for that.
struct Batch {
    edge: Edge,
    grown: Option<Grown>,
    /// What can be settled although nothing has grown.
    settle: Option<Settle>,
}

/// The edge, and what comes next.
struct Taken {
    edge: Edge,
    runs: Vec<Run>,
    leaves: Vec<Hash>,
    settled: Settled,
}

enum Halt {
    NotContinued(NotContinued),
    Failed(Failure),
}

impl Inner {
    fn next_batch(&self, edge: Option<Edge>) -> Result<Batch, Halt> {
        let Taken { mut edge, runs, leaves, settled } = self.read(edge)?;
        let Some(last) = runs.last().map(Run::last_entry) else {
            let Settled { entry_no, last, oldest } = settled;
            let settle = Settle { oldest, below: i64::MAX, taken: last };
            return Ok(Batch { edge, grown: None, settle: (entry_no < last).then_some(settle) });
        };
        let all = (leaves.len() as i64) < BATCH_MAX;
        let below = if all { i64::MAX } else { last };
        let settle = Settle { oldest: settled.oldest, below, taken: last };

        let onto = edge.checkpoint;
        let tiles = edge.builder.append(leaves);
        let (size, root) = (edge.builder.size(), edge.builder.root());
        let note = Checkpoint::new(self.signer.name(), size, root)
            .sign(&self.signer)
            .map_err(|not| Halt::Failed(Fault::Key(not.to_string()).into()))?;

        edge.checkpoint = Some((size, root));
        let at = self.db.clock().now();
        let checkpoint = Stored { size, root, note: note.to_string(), at };
        let grown = Grown { onto, runs, tiles, checkpoint, settle };
        Ok(Batch { edge, grown: Some(grown), settle: None })
    }

    /// The edge and the leaf hashes that come next, from one snapshot.
    fn read(&self, edge: Option<Edge>) -> Result<Taken, Halt> {
        let mut halted = None;
        let read = self.db.read_waiting(Scope::Everyone, |snap| {
            let edge = match edge {
                Some(edge) => edge,
                None => match resume(snap, &self.signer) {
                    Ok(edge) => edge,
                    Err(Halt::Failed(failure)) => return Err(failure),
                    Err(halt) => {
                        halted = Some(halt);
                        Edge::default()
                    }
                },
            };
            let (mut runs, mut leaves) = (Vec::new(), Vec::new());
            let settled = settled(snap)?;
            if halted.is_none() {
                let mut next = edge.builder.size()..;
                leaves = snap.all(&WAITING, args![settled.entry_no, BATCH_MAX], |row| {
                    extend(&mut runs, row.get(0)?, next.next().unwrap_or(u64::MAX));
                    Ok(Hash::leaf(row.bytes(1)?))
                })?;
            }
            Ok(Taken { edge, runs, leaves, settled })
        });
        match halted {
            Some(halt) => Err(halt),
            None => read.map_err(Halt::Failed),
        }
    }
}

/// One more leaf: of the run before, if its entry follows.
fn extend(runs: &mut Vec<Run>, entry_no: i64, leaf: u64) {
    match runs.last_mut() {
        Some(run) if run.last_entry() + 1 == entry_no => run.entries += 1,
        _ => runs.push(Run { leaf, entry_no, entries: 1 }),
    }
}

/// Takes up the log where it was left, if it is still what was signed.
fn resume(snap: &Snap<'_>, signer: &Signer) -> Result<Edge, Halt> {
    let failed = |fault: Fault| Halt::Failed(fault.into());
    let Some(head) = log::head(snap).map_err(failed)? else { return Ok(Edge::default()) };
    let run = log::last_run(snap).map_err(failed)?;
    let tiles = log::tiles(snap, Tile::edge(head.size)).map_err(failed)?;
    compare(&head, signer).map_err(Halt::NotContinued)?;
    let builder = TileBuilder::resume(head.size, |tile| tiles.get(&tile))
        .map_err(|bad| Halt::NotContinued(NotContinued::Tiles(bad)))?;
    if builder.root() != head.root {
        return Err(Halt::NotContinued(NotContinued::Root { size: head.size }));
    }
    if run.is_none_or(|run| run.end() != head.size) {
        return Err(Halt::NotContinued(NotContinued::Leaves { size: head.size }));
    }
    Ok(Edge { builder, checkpoint: Some((head.size, head.root)) })
}

/// Whether the last checkpoint is one that this log signed, and says what its
/// row says.
fn compare(head: &Stored, signer: &Signer) -> Result<(), NotContinued> {
    let note: SignedNote = head.note.parse().map_err(NotContinued::Note)?;
    let keys = [signer.verifier(Algorithm::Log)];
    let opened = Checkpoint::open(&note, &keys).map_err(NotContinued::Checkpoint)?;
    if opened.checkpoint == Checkpoint::new(signer.name(), head.size, head.root) {
        Ok(())
    } else {
        Err(NotContinued::Row { size: head.size })
    }
}

/// Why the log is not continued. Only a person can say what happened to it.
#[derive(Debug, thiserror::Error)]
pub enum NotContinued {
    #[error("the last checkpoint cannot be read")]
    Note(#[source] BadNote),
    #[error("the last checkpoint was not signed with the key of this log")]
    Checkpoint(#[source] NotOpened),
    #[error("the checkpoint stored for size {size} says something else")]
    Row { size: u64 },
    #[error("the tiles of the right edge cannot be used")]
    Tiles(#[source] BadEdge),
    #[error("the tiles do not lead to the root that was signed at size {size}")]
    Root { size: u64 },
    #[error("the leaves do not end where the checkpoint of size {size} does")]
    Leaves { size: u64 },
}
