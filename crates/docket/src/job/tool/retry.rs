//! Putting back what died, once what was wrong is put right.

use super::{found, unknown};
use crate::{
    db::Tx,
    door::{Act, Verb},
    failure::Failure,
    job,
};
use kernel::{
    id::{Id, Job},
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Have dead jobs tried again from the beginning, Docket's own too. All of them
/// or none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Jobs that are `dead`.
    #[schemars(length(min = 1, max = 100))]
    pub jobs: Vec<Id<Job>>,
}

#[derive(Debug, Serialize)]
pub struct Retried {
    pub jobs: Vec<Id<Job>>,
}

/// At most this many are put back at once.
const MOST: usize = 100;

impl Verb for Retry {
    type Done = Retried;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Retried, Failure> {
        if !(1..=MOST).contains(&self.jobs.len()) {
            let detail = format!("name 1 to {MOST} jobs");
            return Err(Refusal::new(Code::InputMalformed, detail).at("jobs").into());
        }
        let mut jobs = self.jobs;
        // In one order, so that nobody waits for somebody who waits for them.
        jobs.sort_unstable();
        jobs.dedup();
        for job in &jobs {
            if !job::retry(tx, act.caller.tenant, *job)? {
                return Err(why_not(tx, act, *job)?);
            }
            act.subject(job);
        }
        Ok(Retried { jobs })
    }
}

fn why_not(tx: &Tx<'_>, act: &Act<'_>, job: Id<Job>) -> Result<Failure, Failure> {
    let no = match found(tx, act.caller.tenant, job)? {
        None => unknown(job),
        Some((_, phase)) => Refusal::new(Code::JobNotDead, format!("the job `{job}` is {phase}"))
            .fact("job", job.to_string()),
    };
    Ok(no.at("jobs").into())
}
