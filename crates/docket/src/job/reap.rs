//! Taking jobs back whose worker was not heard of.

use super::end::{Ended, Kept, follow, kept};
use crate::{
    db::{Tx, args, statements},
    failure::Fault,
};
use kernel::job::{Backoff, How};

statements! {
    EXPIRED = "expired.sql" | "expired.postgres.sql";
}

/// Ends attempts whose lease has passed, has their jobs tried again or lets them
/// die, and says how many. `backoff` is that of a kind.
///
/// # Errors
/// If the database does not answer.
pub fn reap(tx: &mut Tx<'_>, max: i64, backoff: impl Fn(&str) -> Backoff) -> Result<usize, Fault> {
    let expired = tx.all(&EXPIRED, args![tx.now(), max], kept)?;
    for kept in &expired {
        let (how, error) = why(tx, kept);
        let ended =
            Ended { how, error: Some(error.into()), until: None, backoff: backoff(&kept.kind) };
        // The row is as it was read: this transaction keeps it.
        if let Ok(next) = kept.standing.ends(kept.standing.lease, how) {
            follow(tx, kept, next, &ended)?;
        }
    }
    Ok(expired.len())
}

fn why(tx: &Tx<'_>, kept: &Kept) -> (How, &'static str) {
    if kept.deadline.is_some_and(|deadline| deadline <= tx.now()) {
        (How::TimedOut, "job.timed_out")
    } else {
        (How::Lost, "job.lost")
    }
}
