//! Having forgotten uploads removed. The store is everybody's, so this is the
//! business of the tenant that operates this Docket.

use super::Store;
use crate::{
    db::Tx,
    failure::Failure,
    identity,
    job::{
        self, Kind, NewJob,
        work::{Done, Round, Run, Stop},
    },
};
use jiff::SignedDuration;
use serde_json::json;

/// Removes what arrived halfway and was forgotten.
pub(crate) static SWEEP: Kind = Kind::new("uploads.sweep");

/// Has it removed.
pub(crate) const ROUND: Round =
    Round { name: "uploads", every: SignedDuration::from_hours(1), look: look_round };

fn look_round(tx: &mut Tx<'_>) -> Result<(), Failure> {
    // Before there is an operator there is nobody who could have uploaded anything.
    if identity::has_operator(tx)? {
        let operator = identity::operator(tx)?;
        job::enqueue_alone(tx, operator, NewJob::new(&SWEEP, &json!({}))?)?;
    }
    Ok(())
}

/// Does the job.
pub(crate) async fn sweep(store: Store, run: Run) -> Result<Done, Stop> {
    let swept = store.sweep(run.db.clock().now()).await?;
    Done::with(&json!({ "swept": swept }))
}
