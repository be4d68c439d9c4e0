//! Saying that a job is done.

use super::held::{Ended, ended, held};
use crate::{
    db::Tx,
    door::{Act, Verb},
    failure::Failure,
    job::{
        self,
        work::{Ack, written},
    },
};
use kernel::id::{Id, Job};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// End a job as succeeded. One that somebody asked to cancel ends as cancelled,
/// and the answer says so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    pub job: Id<Job>,
    /// The number of the lease, as `job.claim` answered it.
    pub lease: i64,
    /// What came of it, for whoever had it queued: an object of at most 64 KiB.
    pub result: Option<Map<String, Value>>,
}

impl Verb for Complete {
    type Done = Ended;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Ended, Failure> {
        let result = self.result.as_ref().map(written).transpose()?;
        let holding = held(tx, act, self.job, self.lease)?;
        let put = job::complete(tx, &[(holding.held, result)])?.pop();
        ended(act, tx.now(), &holding, &Ack::Done(None), put)
    }
}
