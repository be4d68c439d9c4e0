//! A job that a worker of the tenant says it has.

use crate::{
    db::{Tx, args, statements},
    door::Act,
    failure::{Failure, Fault},
    job::{Attempt, Held, Put, claim::count, standing::label, work::Ack},
};
use jiff::Timestamp;
use kernel::{
    id::{Id, Job, Principal},
    job::{LeaseLost, Phase, State, is_external},
    refusal::{Code, Refusal},
};
use serde::Serialize;
use std::time::Duration;

statements! {
    HOLDER = "holder.sql";
}

/// What became of a job whose worker has said how it ended.
#[derive(Debug, Serialize)]
pub struct Ended {
    pub job: Id<Job>,
    /// `succeeded`, `failed` if it will be tried again, `dead`, or `cancelled`,
    /// however it ended, if somebody had asked for that.
    pub state: State,
    /// When it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Timestamp>,
}

/// A job that is with a worker of the caller's.
pub(super) struct Holding {
    pub held: Held,
    attempt: Option<Attempt>,
    since: Option<Timestamp>,
}

impl Holding {
    /// Has the end of the attempt be counted.
    fn measure(&self, act: &mut Act<'_>, now: Timestamp, ack: &Ack) {
        let took = self.since.map(|since| now.duration_since(since)).unwrap_or_default();
        let took = Duration::try_from(took).unwrap_or_default();
        act.measure(self.attempt.into_iter().flat_map(|one| one.ended(took, Some(ack))));
    }
}

/// How a worker of a principal is written down.
pub(super) fn worker(of: Id<Principal>, name: &str) -> String {
    format!("{of}/{name}")
}

/// The lease of a caller on a job of the tenant's own. Whether it is the current
/// one is asked where the job is changed.
///
/// # Errors
/// `job.lease_lost`, if the job is not with this principal.
pub(super) fn held(
    tx: &Tx<'_>,
    act: &mut Act<'_>,
    job: Id<Job>,
    lease: i64,
) -> Result<Holding, Failure> {
    let tenant = act.caller.tenant;
    let of_caller = worker(act.caller.actor, "");
    let holds = tx.maybe(&HOLDER, args![tenant, job], |row| {
        let (kind, worker): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        let is_theirs = worker.is_some_and(|worker| worker.starts_with(&of_caller));
        let attempt = (row.get::<Option<Timestamp>>(2)?, count(row, 3)?, count(row, 4)?);
        Ok((is_external(&kind) && is_theirs).then_some((kind, attempt)))
    })?;
    let (kind, (since, number, max)) = holds.flatten().ok_or_else(lost)?;
    let attempt = label(&kind).map(|kind| Attempt { kind, number, max });
    act.subject(job);
    act.fact("kind", kind);
    Ok(Holding { held: Held { tenant, id: job, lease }, attempt, since })
}

/// Said to a worker that no longer has a job, or never had it.
pub(super) fn lost() -> Box<Refusal> {
    Refusal::new(Code::JobLeaseLost, "the job is not with you under this lease")
}

/// What a worker is told whose lease held.
pub(super) fn ended(
    act: &mut Act<'_>,
    now: Timestamp,
    holding: &Holding,
    ack: &Ack,
    put: Option<Result<Put, LeaseLost>>,
) -> Result<Ended, Failure> {
    let (state, again_at) = match put {
        Some(Ok(Put::Over(phase))) => (over(phase)?, None),
        Some(Ok(Put::Again(at))) => (State::Failed, Some(at)),
        Some(Err(LeaseLost)) | None => return Err(lost().into()),
    };
    act.fact("state", state.name());
    if state != State::Cancelled {
        holding.measure(act, now, ack);
    }
    Ok(Ended { job: holding.held.id, state, again_at })
}

fn over(phase: Phase) -> Result<State, Fault> {
    match phase {
        Phase::Succeeded => Ok(State::Succeeded),
        Phase::Dead => Ok(State::Dead),
        Phase::Cancelled => Ok(State::Cancelled),
        Phase::Waiting | Phase::Queued | Phase::Running => {
            Err(Fault::Other(format!("a job that is over is {phase}")))
        }
    }
}
