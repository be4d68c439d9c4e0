//! Saying that an attempt was in vain.

use super::held::{Ended, ended, held};
use crate::{
    db::Tx,
    door::{Act, Verb},
    failure::Failure,
    job::{self, work::Ack},
};
use jiff::Timestamp;
use kernel::{
    id::{Id, Job},
    job::{Backoff, Cause, How},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// End an attempt that was in vain. The job is tried again, each time after up to
/// twice as long, until it has been tried as often as it may be; then it is dead.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    pub job: Id<Job>,
    /// The number of the lease, as `job.claim` answered it.
    pub lease: i64,
    /// Why, as a code of yours like `crm.unreachable`. Words are not kept.
    pub error: Cause,
    /// Whether trying again is of any use; yes unless said.
    #[serde(default = "yes")]
    pub retry: bool,
    /// Not to be tried again before this time.
    pub not_before: Option<Timestamp>,
}

const fn yes() -> bool {
    true
}

impl Verb for Fail {
    type Done = Ended;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Ended, Failure> {
        let holding = held(tx, act, self.job, self.lease)?;
        let how = if self.retry { How::Failed } else { How::GaveUp };
        let (error, backoff) = (Some(self.error.kept().into()), Backoff::USUAL);
        act.fact("error", self.error.kept());
        let end = job::Ended { how, error, until: self.not_before, backoff };
        let put = job::end(tx, holding.held, &end)?;
        ended(act, tx.now(), &holding, &Ack::End(end), Some(put))
    }
}
