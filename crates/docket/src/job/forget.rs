//! Forgetting what nobody will ask about any more.

use crate::{
    db::{Tx, args, statements},
    failure::Fault,
};
use jiff::{SignedDuration, Timestamp};
use kernel::job::Phase;

statements! {
    FORGET_ATTEMPTS = "forget_attempts.sql";
    FORGET_DONE = "forget_done.sql";
    FORGET_KEYS = "forget_keys.sql";
}

/// How long jobs are remembered once they have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    pub succeeded: SignedDuration,
    pub cancelled: SignedDuration,
    /// Those that somebody may want to have tried again.
    pub dead: SignedDuration,
}

impl Kept {
    pub const USUAL: Self = Self {
        succeeded: SignedDuration::from_hours(7 * 24),
        cancelled: SignedDuration::from_hours(30 * 24),
        dead: SignedDuration::from_hours(90 * 24),
    };
}

/// Forgets a batch of what is older than it has to be, and says how much.
///
/// # Errors
/// If the database does not answer.
pub fn forget(tx: &mut Tx<'_>, kept: Kept, max: i64) -> Result<usize, Fault> {
    let ages = [
        (Phase::Succeeded, kept.succeeded),
        (Phase::Cancelled, kept.cancelled),
        (Phase::Dead, kept.dead),
    ];
    let mut forgot = tx.execute(&FORGET_KEYS, args![tx.now(), max])?;
    for (phase, age) in ages {
        let before = tx.now().checked_sub(age).unwrap_or(Timestamp::MIN);
        let args = args![phase.name(), before, max];
        tx.put(&FORGET_ATTEMPTS, args)?;
        forgot += tx.execute(&FORGET_DONE, args)?;
    }
    Ok(forgot)
}
