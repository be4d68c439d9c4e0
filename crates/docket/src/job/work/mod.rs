//! Doing jobs: a foreman takes them, hands them to whoever knows the kind, and
//! says how they ended.
//!
//! ```text
//!            ┌────────── foreman: one task per process ──────────┐
//!   claim ──▶│ stock ──▶ up to `slots` running ──▶ acknowledgements │──▶ complete, end
//!            └───────────────────────────────────────────────────┘
//!              renews what it holds, and hears who is to stop
//! ```
//!
//! * Jobs are taken and acknowledged many at a time, and nobody waits for the
//!   rest of a batch: what has ended is acknowledged while others run.
//! * No more is held than is begun in a tenth of a second. A process that is
//!   killed loses nothing; what it held is taken back when the leases pass.
//! * Work that is asked to stop, takes too long or has lost its lease is dropped
//!   where it waits. What blocks a thread of its own cannot be: it asks
//!   [`Lease::is_stopped`], its lease is not renewed, and what it says
//!   afterwards counts for nothing.

mod appetite;
mod attend;
mod foreman;
mod keep;
mod lease;
mod stock;
mod tend;

pub use attend::{Done, Run, Stop};
pub use keep::Ack;
pub use lease::Lease;
pub(in crate::job) use lease::written;

use super::{Kept, Kind, Tally};
use crate::{
    db::{Db, Tx},
    failure::Failure,
};
use attend::Handler;
use foreman::Foreman;
use jiff::SignedDuration;
use kernel::refusal::Chain;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What a process can do: a handler for every kind, and what it looks round for.
#[derive(Clone, Default)]
pub struct Crew {
    skills: BTreeMap<&'static str, Skill>,
    rounds: Vec<Round>,
    tally: Tally,
}

/// A look, every so often, for what has become due without anybody's doing. It
/// queues jobs. One process at a time makes it, and a round that was missed
/// while none was there is made once.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Its row in `job_chore`.
    pub name: &'static str,
    pub every: SignedDuration,
    /// Runs with the rows of everyone.
    pub look: fn(&mut Tx<'_>) -> Result<(), Failure>,
}

#[derive(Clone)]
struct Skill {
    kind: &'static Kind,
    work: Handler,
}

/// How a process works.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many jobs run at once.
    pub slots: usize,
    /// How long to wait for a ring before looking anyway.
    pub poll: Duration,
    /// How long what runs may take to end when the process is asked to stop.
    pub drain: Duration,
    pub kept: Kept,
    /// What people see as the worker of a job.
    pub name: String,
}

impl Options {
    pub fn new(slots: usize, name: String) -> Self {
        let (poll, drain) = (Duration::from_secs(1), Duration::from_secs(30));
        Self { slots, poll, drain, kept: Kept::USUAL, name }
    }
}

impl Crew {
    /// Adds a kind, and who does it.
    #[must_use]
    pub fn with<F, W>(mut self, kind: &'static Kind, work: F) -> Self
    where
        F: Fn(Run) -> W + Send + Sync + 'static,
        W: Future<Output = Result<Done, Stop>> + Send + 'static,
    {
        let work: Handler = Arc::new(move |run| Box::pin(work(run)));
        self.skills.insert(kind.name, Skill { kind, work });
        self
    }

    /// Has what is done counted there.
    #[must_use]
    pub fn counted_by(self, tally: Tally) -> Self {
        Self { tally, ..self }
    }

    /// Adds a round.
    #[must_use]
    pub fn going(mut self, round: Round) -> Self {
        self.rounds.push(round);
        self
    }

    /// The same without whoever does other kinds. Its rounds are made all the same.
    #[must_use]
    pub fn only(mut self, chosen: impl Fn(&str) -> bool) -> Self {
        self.skills.retain(|name, _| chosen(name));
        self
    }

    /// The kinds it can do.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        self.skills.values().map(|skill| skill.kind)
    }
}

/// Works until `stop`, then ends what runs and puts back what has not begun.
pub async fn work(db: Db, crew: Crew, options: Options, stop: CancellationToken) {
    let mut tasks = JoinSet::new();
    tasks.spawn(tend::tend(db.clone(), crew.clone(), options.clone(), stop.clone()));
    Foreman::new(db, crew, options, stop).work().await;
    tasks.shutdown().await;
}

/// Works until nothing is due, and says how many jobs were begun. What others
/// run meanwhile is theirs.
///
/// # Errors
/// If the database does not answer.
pub async fn work_off(db: &Db, crew: &Crew, options: &Options) -> Result<usize, Failure> {
    let mut begun = 0;
    loop {
        while tend::once(db, crew, options).await?.is_zero() {}
        let foreman =
            Foreman::new(db.clone(), crew.clone(), options.clone(), CancellationToken::new());
        match foreman.work_off().await {
            0 => return Ok(begun),
            more => begun += more,
        }
    }
}

/// Logs what went wrong, unless it passes by itself and is logged where that
/// is noticed.
fn complain(failure: &Failure, what: &str) {
    if !failure.passes() {
        tracing::error!(error = %Chain(failure), "{what}");
    }
}

#[cfg(test)]
impl Crew {
    /// Tells of every job that was begun.
    pub(super) fn told(self, told: tokio::sync::mpsc::UnboundedSender<()>) -> Self {
        let skills = self.skills.into_iter().map(|(name, Skill { kind, work })| {
            let told = told.clone();
            let telling: Handler = Arc::new(move |run| {
                // Whoever no longer listens knows enough.
                let _ = told.send(());
                work(run)
            });
            (name, Skill { kind, work: telling })
        });
        Self { skills: skills.collect(), ..self }
    }
}
