//! Taking a permission back.

use crate::{
    db::{Row, Tx, args, statements},
    door::{Act, Verb},
    failure::Failure,
};
use jiff::Timestamp;
use kernel::id::{Id, Job, Policy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    REVOKE = "revoke.sql";
}

/// Take a permission back: its token is not used any more, and a job that was
/// queued with it does not begin. A job that runs is cancelled with `job.cancel`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// As `policy.mint` answered it.
    pub policy: Id<Policy>,
}

#[derive(Debug, Serialize)]
pub struct Revoked {
    pub policy: Id<Policy>,
    /// Since when; the first time counts.
    pub revoked_at: Timestamp,
    /// The job that it was used for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<Id<Job>>,
}

impl Verb for Revoke {
    type Done = Revoked;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Revoked, Failure> {
        let (tenant, policy) = (act.caller.tenant, self.policy);
        tx.lock("policy", policy);
        let args = args![tenant, policy, tx.now(), act.caller.actor];
        let read = |row: &Row<'_>| Ok((row.get::<Option<Id<Job>>>(0)?, row.get(1)?));
        let (job, revoked_at) = tx.returning(&REVOKE, args, read)?;
        act.policy = Some(policy);
        if let Some(job) = job {
            act.subject(job);
        }
        Ok(Revoked { policy, revoked_at, job })
    }
}
