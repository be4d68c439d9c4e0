//! What any process does for all of them, in passing: making ready what has
//! come due, taking back what was lost, forgetting what is old.

use super::{Crew, Options, Round};
use crate::{
    db::{Db, Scope, Tx, args, statements},
    failure::{Failure, Fault},
    job::{LATER, carry, forget, next_due, promote, reap, schedule},
};
use jiff::SignedDuration;
use kernel::job::Backoff;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

statements! {
    CHORE_TAKE = "chore_take.sql" | "chore_take.postgres.sql";
}

/// More at once would keep others waiting for the database.
const BATCH_MAX: i64 = 500;
/// How often leases are looked through that may have passed.
const REAP_EVERY: SignedDuration = SignedDuration::from_secs(2);
/// Nobody has looked for as long as this only if nobody could: the database was
/// away, or all of us. Then nobody could renew either, and gets the time for it.
const GRACE: SignedDuration = SignedDuration::from_secs(5);
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
    let promoted = carry(db, |tx| Ok(promote(tx, BATCH_MAX)?)).await?;
    if promoted as i64 == BATCH_MAX {
        return Ok(Duration::ZERO);
    }
    let ticked = carry(db, |tx| schedule::tick(tx, BATCH_MAX)).await?;
    if ticked as i64 == BATCH_MAX {
        return Ok(Duration::ZERO);
    }
    for round in crew.rounds.clone() {
        carry(db, move |tx| go_if_due(tx, round)).await?;
    }
    let crew = crew.clone();
    carry(db, move |tx| reap_if_due(tx, &crew)).await?;
    let kept = options.kept;
    carry(db, move |tx| forget_if_due(tx, kept)).await?;
    let next = db.read(Scope::Everyone, |snap| {
        let due = [next_due(snap)?, schedule::next_tick(snap)?];
        Ok((due.into_iter().flatten().min(), snap.now()))
    });
    let (Some(due), now) = next.await? else { return Ok(options.poll) };
    let wait = Duration::try_from(due.duration_since(now)).unwrap_or(Duration::ZERO);
    Ok(wait.min(options.poll))
}

fn go_if_due(tx: &mut Tx<'_>, round: Round) -> Result<(), Failure> {
    if take(tx, round.name, round.every)? { (round.look)(tx) } else { Ok(()) }
}

fn reap_if_due(tx: &mut Tx<'_>, crew: &Crew) -> Result<(), Failure> {
    if put_off(tx, "reap", GRACE)? || !take(tx, "reap", REAP_EVERY)? {
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
    if take(tx, "forget", FORGET_EVERY)? {
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
