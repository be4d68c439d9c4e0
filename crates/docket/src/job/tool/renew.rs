//! Going on with a job.

use super::{
    claim::minute,
    enqueue::within,
    held::{held, lost},
};
use crate::{
    db::Tx,
    door::{Act, Verb},
    failure::Failure,
    job::{self, Renewal},
};
use jiff::{SignedDuration, Timestamp};
use kernel::id::{Id, Job};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keep a job for longer, say how far the work is, and hear whether it is to stop.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Renew {
    pub job: Id<Job>,
    /// The number of the lease, as `job.claim` answered it.
    pub lease: i64,
    /// For how many seconds from now, from 15 to 3600; 60 unless said. No lease
    /// outlives the time that one attempt may take.
    #[serde(default = "minute")]
    #[schemars(range(min = 15, max = 3_600))]
    pub lease_s: u32,
    /// How far the work is, in percent.
    #[schemars(range(max = 100))]
    pub progress: Option<u8>,
}

#[derive(Debug, Serialize)]
pub struct Renewed {
    pub lease_until: Timestamp,
    /// Somebody asked for the job to be cancelled: stop, and say that it failed.
    pub cancel_asked: bool,
}

impl Verb for Renew {
    type Done = Renewed;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Renewed, Failure> {
        within("lease_s", self.lease_s.into(), 15, 3_600)?;
        within("progress", self.progress.unwrap_or(0).into(), 0, 100)?;
        let held = held(tx, act, self.job, self.lease)?.held;
        let longer = SignedDuration::from_secs(self.lease_s.into());
        let until = tx.now().checked_add(longer).unwrap_or(Timestamp::MAX);
        let wish = Renewal { held, until, progress: self.progress.map(i64::from) };
        let renewed = job::renew(tx, &[wish])?.remove(&held).ok_or_else(lost)?;
        act.leave_no_entry();
        Ok(Renewed { lease_until: renewed.until, cancel_asked: renewed.cancel_asked })
    }
}
