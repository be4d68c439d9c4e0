//! Jobs: work that is done once, and until it is.
//!
//! ```text
//!   a command ── enqueue ──▶ job ── claim ──▶ a worker ──▶ job_done
//!   (in its transaction)      ▲                  │
//!                             └── put back ◀─────┘  job_attempt
//! ```
//!
//! `job` holds what is not finished and `job_done` what is, so that what is asked
//! all the time stays small. How a job may stand is in [`kernel::job`].
//!
//! What must stay true:
//!
//! * A job is there if and only if what caused it was committed.
//! * A claim reads what is ready of its kind, and neither what is due later nor
//!   what others run. Its cost does not grow with what waits.
//! * No tenant keeps another from its turn.
//! * A claim is a lease with a number. Whoever comes with a number that is not
//!   the current one changes nothing.
//! * A job runs at least once. Its effects in our database happen once, if they
//!   are committed with [`Lease::complete`]; others are keyed by its id.
//! * What went wrong is remembered as a code of ours, never as words from outside.
//!
//! Start with [`enqueue`] for how a job comes to be and with [`work`] for how it is done;
//! [`schedule`] has jobs come back by the calendar.

mod alone;
mod cancel;
mod claim;
mod end;
mod enqueue;
mod forget;
mod kind;
mod limit;
mod promote;
mod reap;
mod renew;
mod retry;
pub mod schedule;
mod settle;
mod standing;
mod tally;
pub mod tool;
pub mod work;

pub use alone::enqueue_alone;
pub use cancel::{Cancelled, cancel};
pub use claim::{Claimed, Want, claim, is_ready};
pub use end::{Ended, Held, Put, complete, end};
pub use enqueue::{IfUnmet, NewJob, enqueue, enqueue_many};
pub use forget::{Kept, forget};
pub use kind::{Kind, Terms};
pub use promote::{next_due, promote};
pub use reap::reap;
pub use renew::{Renewal, Renewed, renew};
pub use retry::retry;
pub use standing::{COUNTED_MAX, Standing, standing};
pub use tally::Tally;
pub(crate) use tally::{Attempt, Measured};

use crate::{
    audit::Recorded,
    db::{Committed, Db, Scope, Tx},
    failure::Failure,
};
use std::sync::Arc;

/// Rung when a job has come to wait for its time.
const LATER: &str = "@later";
/// Rung when a job that runs is to stop.
const CANCEL: &str = "@cancel";

/// Runs a transaction of the engine, for jobs of every tenant.
///
/// # Errors
/// What `step` fails with, or that the database does not answer.
pub async fn carry<T, F>(db: &Db, step: F) -> Result<T, Failure>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T, Failure> + Send + Sync + 'static,
{
    carry_for(db, Scope::Everyone, step).await
}

/// The same for jobs of one tenant. On PostgreSQL it shares its commit with
/// what else the tenant does at the time.
///
/// # Errors
/// What `step` fails with, or that the database does not answer.
pub async fn carry_for<T, F>(db: &Db, scope: impl Into<Scope>, step: F) -> Result<T, Failure>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T, Failure> + Send + Sync + 'static,
{
    // It is run again where another transaction was in its way.
    let step = Arc::new(step);
    let done = db.write(scope, move |tx| match step(tx) {
        Ok(done) => Committed::Changed(done, Recorded::by_the_jobs()),
        Err(failure) => Committed::Failed(failure),
    });
    done.await
}

#[cfg(test)]
mod tests;
