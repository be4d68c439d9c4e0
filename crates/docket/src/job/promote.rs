//! Making ready what has come due.

use crate::{
    db::{Snap, Tx, args, statements},
    failure::Fault,
};
use jiff::Timestamp;

statements! {
    PROMOTE = "promote.sql" | "promote.postgres.sql";
    NEXT_DUE = "next_due.sql";
}

/// Makes ready what has come due, the longest overdue first, and says how many.
///
/// # Errors
/// If the database does not answer.
pub fn promote(tx: &mut Tx<'_>, max: i64) -> Result<usize, Fault> {
    let kinds: Vec<String> = tx.returning_all(&PROMOTE, args![tx.now(), max], |row| row.get(0))?;
    let count = kinds.len();
    kinds.into_iter().for_each(|kind| tx.ring(kind));
    Ok(count)
}

/// When the next job comes due that waits for its time.
///
/// # Errors
/// If the database does not answer.
pub fn next_due(snap: &Snap<'_>) -> Result<Option<Timestamp>, Fault> {
    snap.maybe(&NEXT_DUE, args![], |row| row.get(0))
}
