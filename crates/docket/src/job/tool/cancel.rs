//! Cancelling a job of the tenant's own.

use super::{check_own, found, unknown};
use crate::{
    db::Tx,
    door::{Act, Verb},
    failure::Failure,
    job::{self, Cancelled},
};
use kernel::{
    id::{Id, Job},
    job::Phase,
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cancel a job of a kind of your own. One that runs is told at its next renewal,
/// and however it ends then, it ends as cancelled.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    pub job: Id<Job>,
}

#[derive(Debug, Serialize)]
pub struct Done {
    pub job: Id<Job>,
    /// Whether it runs, and its worker has yet to be told.
    pub running: bool,
}

impl Verb for Cancel {
    type Done = Done;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Done, Failure> {
        let (tenant, job) = (act.caller.tenant, self.job);
        let (kind, phase) = found(tx, tenant, job)?.ok_or_else(|| unknown(job))?;
        if !super::get::may_see(act.caller, kind.as_str()) {
            return Err(unknown(job).into());
        }
        check_own(&kind).map_err(|no| no.at("job"))?;
        act.subject(job);
        act.fact("kind", kind.as_str());
        let over =
            |phase: Phase| Refusal::new(Code::JobEnded, format!("the job is {phase}")).at("job");
        if phase.is_over() {
            return Err(over(phase).into());
        }
        match job::cancel(tx, tenant, job)? {
            Some(cancelled) => Ok(Done { job, running: cancelled == Cancelled::Asked }),
            // It ended between the two looks.
            None => {
                let phase = found(tx, tenant, job)?.map(|(_, phase)| phase);
                Err(over(phase.unwrap_or(Phase::Succeeded)).into())
            }
        }
    }
}
