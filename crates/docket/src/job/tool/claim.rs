//! Taking jobs of the tenant's own, for a worker of the tenant's own.

use super::{check_own, enqueue::within, held::worker};
use crate::{
    db::Tx,
    door::{Act, Verb},
    failure::{Failure, Fault},
    job::{Claimed, claim::Lane, limit},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{Id, Job},
    job::KindName,
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Take jobs that are ready, each on a lease: whoever has not ended or renewed it
/// by then has lost it, and somebody else takes the job.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Kinds of your own, the most urgent first.
    #[schemars(length(min = 1, max = 20))]
    pub kinds: Vec<KindName>,
    /// How many at most, from 1 to 32; 1 unless said.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 32))]
    pub count: u32,
    /// What people see as the worker of a job, such as the name of a process.
    pub worker: Option<Line<60>>,
    /// For how many seconds, from 15 to 3600; 60 unless said.
    #[serde(default = "minute")]
    #[schemars(range(min = 15, max = 3_600))]
    pub lease_s: u32,
}

#[derive(Debug, Serialize)]
pub struct Taken {
    pub jobs: Vec<Taking>,
}

/// A job that was taken.
#[derive(Debug, Serialize)]
pub struct Taking {
    pub job: Id<Job>,
    /// The number of the lease, which every word about the job has to name.
    pub lease: i64,
    pub lease_until: Timestamp,
    pub kind: String,
    /// The first is 1.
    pub attempt: u32,
    pub attempts_max: u32,
    /// By when it has to have ended, however often the lease is renewed.
    pub ends_by: Timestamp,
    pub due_at: Timestamp,
    pub payload: Box<RawValue>,
    /// SHA-256 of the payload in canonical form.
    pub payload_digest: String,
}

const fn one() -> u32 {
    1
}

pub(super) const fn minute() -> u32 {
    60
}

impl Verb for Claim {
    type Done = Taken;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Taken, Failure> {
        self.check()?;
        let name = self.worker.as_ref().map(ToString::to_string).unwrap_or_default();
        let worker = worker(act.caller.actor, &name);
        let lease = SignedDuration::from_secs(self.lease_s.into());
        let mut taken: Vec<Claimed> = Vec::new();
        for kind in &self.kinds {
            let room = (self.count as usize).saturating_sub(taken.len());
            if room > 0 {
                let (tenant, kind) = (act.caller.tenant, kind.as_str());
                let lane = Lane { tenant, kind, lease, worker: &worker };
                taken.extend(limit::claim_own(tx, &lane, room)?);
            }
        }
        if taken.is_empty() {
            act.leave_no_entry();
        }
        taken.iter().for_each(|job| act.subject(job.id));
        let jobs = taken.into_iter().map(|job| taking(job, lease)).collect::<Result<_, _>>()?;
        Ok(Taken { jobs })
    }
}

impl Claim {
    fn check(&self) -> Result<(), Box<Refusal>> {
        if !(1..=20).contains(&self.kinds.len()) {
            return Err(Refusal::new(Code::InputMalformed, "name 1 to 20 kinds").at("kinds"));
        }
        for (at, kind) in self.kinds.iter().enumerate() {
            check_own(kind).map_err(|no| no.at(format!("kinds[{at}]")))?;
        }
        within("count", self.count.into(), 1, 32)?;
        within("lease_s", self.lease_s.into(), 15, 3_600)
    }
}

fn taking(job: Claimed, lease: SignedDuration) -> Result<Taking, Fault> {
    let after = |long: SignedDuration| job.claimed_at.checked_add(long).unwrap_or(Timestamp::MAX);
    let unreadable = |cause| Fault::unreadable("job", "payload", cause);
    Ok(Taking {
        lease_until: after(lease.min(job.timeout)),
        ends_by: after(job.timeout),
        job: job.id,
        lease: job.lease,
        kind: job.kind,
        attempt: job.attempt,
        attempts_max: job.attempts_max,
        due_at: job.due_at,
        payload: RawValue::from_string(job.payload).map_err(unreadable)?,
        payload_digest: job.digest,
    })
}
