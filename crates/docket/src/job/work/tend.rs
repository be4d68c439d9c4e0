//! What any process does for all of them, in passing: making ready what has
//! come due, taking back what was lost, forgetting what is old.

use super::{Crew, Options, Round};
use crate::{
    db::{Db, Scope, Snap, Tx, args, statements},
    failure::{Failure, Fault},
    job::{LATER, carry, forget, next_due, promote, reap, schedule},
};
use jiff::{SignedDuration, Timestamp};
use kernel::job::Backoff;
use std::{collections::BTreeMap, time::Duration};
use tokio_util::sync::CancellationToken;

statements! {
    CHORES = "chores.sql";
    CHORE_TAKE = "chore_take.sql" | "chore_take.postgres.sql";
}

/// More at once would keep others waiting for the database.
const BATCH_MAX: i64 = 500;
const REAP: &str = "reap";
/// How often leases are looked through that may have passed.
const REAP_EVERY: SignedDuration = SignedDuration::from_secs(2);
/// Nobody has looked for as long as this only if nobody could: the database was
/// away, or all of us. Then nobody could renew either, and gets the time for it.
const GRACE: SignedDuration = SignedDuration::from_secs(5);
const FORGET: &str = "forget";
/// How often old jobs are forgotten.
const FORGET_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Tends the jobs until `stop`.
pub(super) async fn tend(db: Db, crew: Crew, options: Options, stop: CancellationToken) {
    let ear = db.bell().ear([LATER.into()]);
    while !stop.is_cancelled() {
        let wait = match once(&db, &crew, &options).await {
            Ok(wait) => wait,
            Err(failure) => {
                super::complain(&failure, "what is due could not be made ready");
                options.poll
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = ear.heard() => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Does what there is to do, and says for how long there is nothing.
pub(super) async fn once(db: &Db, crew: &Crew, options: &Options) -> Result<Duration, Failure> {
    let due = Due::read(db).await?;
    if due.job.is_some_and(|at| at <= due.now) {
        let promoted = carry(db, |tx| Ok(promote(tx, BATCH_MAX)?)).await?;
        if promoted as i64 == BATCH_MAX {
            return Ok(Duration::ZERO);
        }
    }
    if due.tick.is_some_and(|at| at <= due.now) {
        let ticked = carry(db, |tx| schedule::tick(tx, BATCH_MAX)).await?;
        if ticked as i64 == BATCH_MAX {
            return Ok(Duration::ZERO);
        }
    }
    for round in crew.rounds.iter().copied().filter(|round| due.has(round.name)) {
        carry(db, move |tx| go_if_due(tx, round)).await?;
    }
    if due.has(REAP) {
        let crew = crew.clone();
        carry(db, move |tx| reap_if_due(tx, &crew)).await?;
    }
    if due.has(FORGET) {
        let kept = options.kept;
        carry(db, move |tx| forget_if_due(tx, kept)).await?;
    }
    // What was done may have left something that is due sooner.
    let due = if due.is_nothing() { due } else { Due::read(db).await? };
    Ok(due.wait().min(options.poll))
}

/// When there is something to do next. Nobody writes, or takes turns with others,
/// to learn that there is nothing.
struct Due {
    job: Option<Timestamp>,
    tick: Option<Timestamp>,
    chores: BTreeMap<String, Timestamp>,
    now: Timestamp,
}

impl Due {
    async fn read(db: &Db) -> Result<Self, Failure> {
        let look = |snap: &Snap<'_>| {
            let chores = snap.all(&CHORES, args![], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(Self {
                job: next_due(snap)?,
                tick: schedule::next_tick(snap)?,
                chores: chores.into_iter().collect(),
                now: snap.now(),
            })
        };
        db.read(Scope::Everyone, look).await
    }

    fn has(&self, chore: &str) -> bool {
        self.chores.get(chore).is_some_and(|at| *at <= self.now)
    }

    fn next(&self) -> Option<Timestamp> {
        self.job.into_iter().chain(self.tick).min()
    }

    fn is_nothing(&self) -> bool {
        let mut all = self.next().into_iter().chain(self.chores.values().copied());
        all.all(|at| at > self.now)
    }

    /// For how long no job comes due.
    fn wait(&self) -> Duration {
        let wait = |at: Timestamp| Duration::try_from(at.duration_since(self.now));
        self.next().map_or(Duration::MAX, |at| wait(at).unwrap_or(Duration::ZERO))
    }
}

fn go_if_due(tx: &mut Tx<'_>, round: Round) -> Result<(), Failure> {
    if take(tx, round.name, round.every)? { (round.look)(tx) } else { Ok(()) }
}

fn reap_if_due(tx: &mut Tx<'_>, crew: &Crew) -> Result<(), Failure> {
    if put_off(tx, REAP, GRACE)? || !take(tx, REAP, REAP_EVERY)? {
        return Ok(());
    }
    let backoff =
        |kind: &str| crew.skills.get(kind).map_or(Backoff::USUAL, |s| s.kind.terms.backoff);
    let reaped = reap(tx, BATCH_MAX, backoff)?;
    if reaped > 0 {
        tracing::warn!(jobs = reaped, "took back jobs of which nothing was heard");
    }
    Ok(())
}

fn forget_if_due(tx: &mut Tx<'_>, kept: crate::job::Kept) -> Result<(), Failure> {
    if take(tx, FORGET, FORGET_EVERY)? {
        forget(tx, kept, BATCH_MAX)?;
    }
    Ok(())
}

/// Puts a chore off by as long as nobody was at it, if that is so.
fn put_off(tx: &mut Tx<'_>, chore: &str, late: SignedDuration) -> Result<bool, Fault> {
    let before = tx.now().checked_sub(late).unwrap_or(tx.now());
    let next = tx.now().checked_add(late).unwrap_or(tx.now());
    Ok(tx.execute(&CHORE_TAKE, args![chore, before, next])? == 1)
}

/// Whether a chore is due and nobody else is at it. It is next due after `every`.
fn take(tx: &mut Tx<'_>, chore: &str, every: SignedDuration) -> Result<bool, Fault> {
    let next = tx.now().checked_add(every).unwrap_or(tx.now());
    Ok(tx.execute(&CHORE_TAKE, args![chore, tx.now(), next])? == 1)
}
