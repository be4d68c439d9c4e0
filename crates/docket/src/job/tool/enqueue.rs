//! Queueing a job of the tenant's own.

use crate::{
    db::Tx,
    door::{Act, Verb},
    failure::Failure,
    job::{self, IfUnmet, NewJob, Terms},
    policy::{Sent, Wish, permit},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{Id, Job},
    job::{ACTION, KindName},
    key::Key,
    policy::Resource,
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Queue a job of a kind of your own, for workers of your own. It is done at
/// least once, in the order of priority and time. An action needs a policy token.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Enqueue {
    /// Begins with `ext.`, as in `ext.sync_crm`, or with `act.`, as in `act.refund`,
    /// if it changes something in the world.
    pub kind: KindName,
    /// What the worker is told: an object of at most 64 KiB. Send ids rather than copies.
    pub payload: Map<String, Value>,
    /// What permits it: for a kind that begins with `act.`, and for no other.
    pub policy: Option<Policy>,
    /// Stands for one payload for a week at least: the same key again is the
    /// same job, and with another payload it is refused.
    pub key: Option<Line<200>>,
    /// Only one job of this name in each period; a second is the first.
    pub once: Option<Once>,
    /// Not before this time.
    pub due: Option<Timestamp>,
    /// The smaller comes first, from -1000 to 1000; 0 unless said.
    #[serde(default)]
    #[schemars(range(min = -1000, max = 1000))]
    pub priority: i64,
    /// How often it is tried at most, from 1 to 100; 12 unless said.
    #[schemars(range(min = 1, max = 100))]
    pub attempts: Option<u32>,
    /// How many seconds one attempt may take, from 1 to 86400; 300 unless said.
    #[schemars(range(min = 1, max = 86_400))]
    pub timeout_s: Option<u32>,
    /// Not before these have succeeded.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub after: Vec<Id<Job>>,
    /// What becomes of it when one of those has died; `cancel` unless said.
    #[serde(default)]
    pub if_unmet: IfUnmet,
}

/// A policy token, and what it has to have been given for beside kind and payload.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// As `policy.mint` answered it, or narrower. It is used up by this.
    pub token: Sent,
    pub project: Key,
    pub resource: Resource,
}

/// Once in a period.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Once {
    pub name: Line<200>,
    /// How many seconds a period has, from 1 to a year's.
    #[schemars(range(min = 1, max = 31_622_400))]
    pub seconds: u32,
}

#[derive(Debug, Serialize)]
pub struct Enqueued {
    /// The new job, or the one that the key or the name stands for.
    pub job: Id<Job>,
}

impl Verb for Enqueue {
    type Done = Enqueued;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Enqueued, Failure> {
        let kind = self.kind.clone();
        let new = self.job(tx, act)?.by(act.caller.known_actor());
        let job = job::enqueue(tx, act.caller.tenant, new)?;
        act.subject(job);
        act.fact("kind", kind.as_str());
        Ok(Enqueued { job })
    }
}

impl Enqueue {
    fn job(self, tx: &Tx<'_>, act: &mut Act<'_>) -> Result<NewJob, Failure> {
        within("priority", self.priority, -1000, 1000)?;
        within("attempts", self.attempts.unwrap_or(1).into(), 1, 100)?;
        within("timeout_s", self.timeout_s.unwrap_or(1).into(), 1, 86_400)?;
        within("after", i64::try_from(self.after.len()).unwrap_or(i64::MAX), 0, 100)?;
        let usual = Terms::USUAL;
        let terms = Terms {
            priority: self.priority,
            attempts_max: self.attempts.unwrap_or(usual.attempts_max),
            timeout: self
                .timeout_s
                .map_or(usual.timeout, |seconds| SignedDuration::from_secs(seconds.into())),
            ..usual
        };
        let mut job = self.made(terms, tx, act)?.after(self.after).if_unmet(self.if_unmet);
        if let Some(due) = self.due {
            job = job.due_at(due);
        }
        match (self.key, self.once) {
            (Some(_), Some(_)) => {
                let detail = "a job has a `key` or is `once` in a period, not both";
                Err(Refusal::new(Code::InputMalformed, detail).at("once").into())
            }
            (Some(key), None) => Ok(job.key(key)),
            (None, Some(once)) => {
                within("once.seconds", once.seconds.into(), 1, 31_622_400)?;
                Ok(job.once_in(SignedDuration::from_secs(once.seconds.into()), once.name))
            }
            (None, None) => Ok(job),
        }
    }
}

impl Enqueue {
    /// The job as its kind is made. What the kind is, the name alone says.
    fn made(&self, terms: Terms, tx: &Tx<'_>, act: &mut Act<'_>) -> Result<NewJob, Failure> {
        let Some(Policy { token, project, resource }) = &self.policy else {
            return NewJob::external(&self.kind, terms, &self.payload);
        };
        if !self.kind.is_action() {
            let detail = format!("only a kind that begins with `{ACTION}` uses a policy token");
            return Err(Refusal::new(Code::InputMalformed, detail).at("policy").into());
        }
        NewJob::action(&self.kind, terms, &self.payload, |payload| {
            let (action, due) = (&self.kind, self.due);
            permit(tx, act, &Wish { token, project, action, resource, payload, due })
        })
    }
}

/// Whether a number is one that the schema allows.
///
/// # Errors
/// `input.malformed`.
pub(super) fn within(field: &str, number: i64, least: i64, most: i64) -> Result<(), Box<Refusal>> {
    if (least..=most).contains(&number) {
        return Ok(());
    }
    let detail = format!("expected {least} to {most}");
    Err(Refusal::new(Code::InputMalformed, detail).at(field))
}
