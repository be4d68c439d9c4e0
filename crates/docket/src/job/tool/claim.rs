//! Taking jobs of the tenant's own, for a worker of the tenant's own.

use super::{check_own, enqueue::within, held::worker};
use crate::{
    db::Tx,
    door::{Act, Patience, Verb},
    failure::{Failure, Fault},
    job::{Claimed, Measured, claim::Lane, limit},
    policy::{HeldTo, hold_to, stop},
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
use std::time::Duration;

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
    /// For how many seconds to wait if there is nothing, from 0 to 30; 0 unless
    /// said. The answer comes as soon as there is something.
    #[serde(default)]
    #[schemars(range(max = 30))]
    pub wait_s: u32,
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
    /// What permits it, if it is an action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<HeldTo>,
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
        let mut jobs = Vec::new();
        for kind in &self.kinds {
            let lane =
                Lane { tenant: act.caller.tenant, kind: kind.as_str(), lease, worker: &worker };
            let room = (self.count as usize).saturating_sub(jobs.len());
            match kind.is_action() {
                true => jobs.extend(permitted(tx, act, &lane, room)?),
                false => {
                    for job in limit::claim_own(tx, &lane, room)? {
                        jobs.push(taking(job, lease, None)?);
                    }
                }
            }
        }
        if jobs.is_empty() {
            act.come_to_nothing();
        }
        for job in &jobs {
            act.subject(job.job);
            let waited = tx.now().duration_since(job.due_at);
            act.measure(Measured::taken_from_outside(&job.kind, waited));
        }
        Ok(Taken { jobs })
    }
}

/// Less than what proxies on the way have patience for.
const WAIT_S_MAX: u32 = 30;

impl Claim {
    /// What it waits for, if it says so; one that will be refused does not.
    pub(crate) fn patience(self) -> Option<Patience> {
        let waits = self.wait_s > 0 && self.check().is_ok();
        let time = Duration::from_secs(self.wait_s.into());
        waits.then_some(Patience { kinds: self.kinds, time })
    }

    fn check(&self) -> Result<(), Box<Refusal>> {
        if !(1..=20).contains(&self.kinds.len()) {
            return Err(Refusal::new(Code::InputMalformed, "name 1 to 20 kinds").at("kinds"));
        }
        for (at, kind) in self.kinds.iter().enumerate() {
            check_own(kind).map_err(|no| no.at(format!("kinds[{at}]")))?;
        }
        within("wait_s", self.wait_s.into(), 0, WAIT_S_MAX.into())?;
        within("count", self.count.into(), 1, 32)?;
        within("lease_s", self.lease_s.into(), 15, 3_600)
    }
}

/// Takes actions that are still permitted. One that is not is dead from then on;
/// others are looked at in its place, so that it keeps nobody from their turn.
fn permitted(
    tx: &mut Tx<'_>,
    act: &Act<'_>,
    lane: &Lane<'_>,
    room: usize,
) -> Result<Vec<Taking>, Failure> {
    let mut jobs = Vec::new();
    for _ in 0..LOOKS_MAX {
        let some = limit::claim_own(tx, lane, room.saturating_sub(jobs.len()))?;
        if some.is_empty() {
            break;
        }
        for job in some {
            match hold_to(tx, act, &job) {
                Ok(to) => jobs.push(taking(job, lane.lease, Some(to))?),
                Err(Failure::Refused(why)) => stop(tx, act, &job, &why)?,
                Err(broke) => return Err(broke),
            }
        }
    }
    Ok(jobs)
}

/// So often one call looks for jobs in the place of those that may not run.
const LOOKS_MAX: usize = 8;

fn taking(job: Claimed, lease: SignedDuration, policy: Option<HeldTo>) -> Result<Taking, Fault> {
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
        policy,
    })
}
