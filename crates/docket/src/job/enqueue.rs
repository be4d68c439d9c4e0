//! Queueing jobs, in the transaction of what causes them.

use super::{Kind, Terms, claim::micros, settle};
use crate::{
    db::{Tx, Word, args, statements},
    failure::{Failure, Fault},
    policy::{self, Permit},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    canonical::{self, Digest},
    id::{Id, Job, Principal, Tenant},
    job::{ACTION, EXTERNAL, KindName, PAYLOAD_BYTES_MAX, Phase, period},
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    JOB_ADD = "add.sql";
    JOB_ADD_MANY = "add_many.postgres.sql";
    KEY_TAKE = "key_take.sql";
}

/// How long a key stands for its job at least, and for as long as that is not finished.
const KEY_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A job that is not queued yet.
#[derive(Clone, Debug)]
pub struct NewJob {
    kind: Word,
    terms: Terms,
    payload: String,
    digest: Digest,
    due_at: Option<Timestamp>,
    once: Option<Once>,
    after: Vec<Id<Job>>,
    if_unmet: IfUnmet,
    created_by: Option<Id<Principal>>,
    /// What permits an action; it is used in the transaction that queues it.
    permit: Option<Permit>,
}

/// What a second job of the same name means.
#[derive(Clone, Debug)]
enum Once {
    /// The same request again.
    Key(String),
    /// Nothing new within the period.
    In { name: String, period: SignedDuration },
}

/// What becomes of a job that waits for one that died. If that was cancelled,
/// it is cancelled too, since it can wait no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IfUnmet {
    /// It is cancelled.
    #[default]
    Cancel,
    /// It waits until somebody has the dead one tried again.
    Wait,
}

impl IfUnmet {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Wait => "wait",
        }
    }
}

impl NewJob {
    /// A job of a kind that is compiled in, due at once. The payload names rows
    /// by their ids; by the time it is read, the rows are the truth.
    ///
    /// # Errors
    /// `job.payload_too_large`, `input.malformed` if it has no canonical form.
    pub fn new(kind: &'static Kind, payload: &impl Serialize) -> Result<Self, Failure> {
        Self::of(kind.name.into(), kind.terms, payload)
    }

    pub(super) fn of(kind: Word, terms: Terms, payload: &impl Serialize) -> Result<Self, Failure> {
        let payload = canonical::to_string(payload)
            .map_err(|no| Refusal::new(Code::InputMalformed, no.to_string()).at("payload"))?;
        if payload.len() > PAYLOAD_BYTES_MAX {
            let detail = format!("a payload of {} bytes is too long", payload.len());
            return Err(Refusal::new(Code::JobPayload, detail).at("payload").into());
        }
        let digest = Digest::of_bytes(payload.as_bytes());
        Ok(Self {
            kind,
            terms,
            payload,
            digest,
            due_at: None,
            once: None,
            after: Vec::new(),
            if_unmet: IfUnmet::default(),
            created_by: None,
            permit: None,
        })
    }

    /// A job of a kind that a tenant made up, for a worker of its own.
    ///
    /// # Errors
    /// `job.kind_ours`, if Docket does jobs of that kind itself, and may have to
    /// trust what is in them; `policy.missing`, if it is an action, which is made
    /// with [`NewJob::action`]; and see [`NewJob::new`].
    pub fn external(
        kind: &KindName,
        terms: Terms,
        payload: &impl Serialize,
    ) -> Result<Self, Failure> {
        if kind.is_action() {
            let detail = format!("`{kind}` is an action, which needs a policy token each time");
            return Err(Refusal::new(Code::PolicyMissing, detail).at("kind").into());
        }
        if !kind.is_external() {
            let detail = format!("`{kind}` begins with neither `{EXTERNAL}` nor `{ACTION}`");
            return Err(Refusal::new(Code::JobKindOurs, detail).at("kind").into());
        }
        Self::of(kind.as_str().to_owned().into(), terms, payload)
    }

    /// A job that changes something in the world, if `permit` permits it, which is
    /// handed the digest of the payload.
    ///
    /// # Errors
    /// What `permit` refuses; and see [`NewJob::new`].
    pub(crate) fn action(
        kind: &KindName,
        terms: Terms,
        payload: &impl Serialize,
        permit: impl FnOnce(Digest) -> Result<Permit, Failure>,
    ) -> Result<Self, Failure> {
        let job = Self::of(kind.as_str().to_owned().into(), terms, payload)?;
        let permit = permit(job.digest)?;
        Ok(Self { permit: Some(permit), ..job })
    }

    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// As canonical JSON.
    pub(super) fn payload(&self) -> &str {
        &self.payload
    }

    /// Not before this time.
    #[must_use]
    pub fn due_at(self, at: Timestamp) -> Self {
        Self { due_at: Some(at), ..self }
    }

    /// The smaller comes first.
    #[must_use]
    pub fn priority(mut self, priority: i64) -> Self {
        self.terms.priority = priority;
        self
    }

    #[must_use]
    pub fn attempts(mut self, max: u32) -> Self {
        self.terms.attempts_max = max.max(1);
        self
    }

    /// The same key with the same payload is the same job; with another payload
    /// it is refused.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { once: Some(Once::Key(key.into())), ..self }
    }

    /// Only one job of this name in each period, whatever its payload: a second
    /// is the first. Periods are counted from 1970, the same for everybody.
    #[must_use]
    pub fn once_in(self, period: SignedDuration, name: impl Into<String>) -> Self {
        Self { once: Some(Once::In { name: name.into(), period }), ..self }
    }

    /// Once these have succeeded.
    #[must_use]
    pub fn after(self, jobs: impl IntoIterator<Item = Id<Job>>) -> Self {
        Self { after: jobs.into_iter().collect(), ..self }
    }

    #[must_use]
    pub fn if_unmet(self, if_unmet: IfUnmet) -> Self {
        Self { if_unmet, ..self }
    }

    #[must_use]
    pub fn by(self, principal: Option<Id<Principal>>) -> Self {
        Self { created_by: principal, ..self }
    }

    /// When it is due and how it stands, if it was queued as the `place`-th of
    /// many. Each has a moment of its own, so that they keep their order.
    fn turn(&self, now: Timestamp, place: usize, blocked_by: i64) -> Turn {
        let later = self.due_at.filter(|at| *at > now);
        let nth = SignedDuration::from_micros(i64::try_from(place).unwrap_or(i64::MAX));
        let due_at = later.unwrap_or_else(|| now.checked_add(nth).unwrap_or(now));
        let waits = later.is_some() || blocked_by > 0;
        let phase = if waits { Phase::Waiting } else { Phase::Queued };
        Turn { phase, due_at, blocked_by }
    }
}

/// When it is a new job's turn.
#[derive(Clone, Copy)]
struct Turn {
    phase: Phase,
    due_at: Timestamp,
    blocked_by: i64,
}

/// Queues one job and says which it is: a new one, or the one that its key
/// stands for already; an action uses what permits it. It belongs to what the transaction is for the sake of,
/// and so does what is written when it is done.
///
/// # Errors
/// `job.key_reused`, if its key stands for another payload; `record.not_found`,
/// if it waits for a job that is not there; `policy.spent` or `policy.revoked`, if
/// what permitted it does not any more.
pub fn enqueue(tx: &mut Tx<'_>, tenant: Id<Tenant>, job: NewJob) -> Result<Id<Job>, Failure> {
    let id = tx.new_id();
    let holder = take_key(tx, tenant, id, &job)?;
    if holder != id {
        return Ok(holder);
    }
    if let Some(permit) = &job.permit {
        policy::spend(tx, tenant, permit, id)?;
    }
    let waits = settle::wait_for(tx, tenant, id, &job.after, job.if_unmet)?;
    let turn = job.turn(tx.now(), 0, waits.blocked_by);
    put(tx, tenant, id, &job, turn)?;
    if waits.in_vain {
        settle::cancel_unmet(tx, tenant, id)?;
        return Ok(id);
    }
    ring(tx, job.kind, turn);
    Ok(id)
}

/// Queues any number of jobs, which begin in the order they are given if their
/// priorities say nothing else. None of them may have a key or wait for another.
///
/// # Errors
/// If one has or does, or the database does not answer.
pub fn enqueue_many(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    jobs: Vec<NewJob>,
) -> Result<Vec<Id<Job>>, Failure> {
    let alone = |job: &NewJob| job.once.is_some() || !job.after.is_empty() || job.permit.is_some();
    if jobs.iter().any(alone) {
        let detail = "jobs with keys, actions and jobs that wait are queued one by one";
        return Err(Fault::Other(detail.to_owned()).into());
    }
    let mut ids: Vec<Id<Job>> = jobs.iter().map(|_| tx.new_id()).collect();
    // In the order in which they are going to be taken and ended, so that what
    // is written of neighbours lies together, whatever their luck.
    ids.sort_unstable();
    let now = tx.now();
    let turns: Vec<Turn> =
        jobs.iter().enumerate().map(|(place, job)| job.turn(now, place, 0)).collect();
    if tx.is_shared() {
        put_many(tx, tenant, &ids, &jobs, &turns)?;
    } else {
        for ((id, job), turn) in ids.iter().zip(&jobs).zip(&turns) {
            put(tx, tenant, *id, job, *turn)?;
        }
    }
    for (job, turn) in jobs.into_iter().zip(turns) {
        ring(tx, job.kind, turn);
    }
    Ok(ids)
}

fn put(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<Job>,
    job: &NewJob,
    turn: Turn,
) -> Result<(), Fault> {
    let cause = tx.cause().cloned().unwrap_or_default();
    tx.put(
        &JOB_ADD,
        args![
            tenant,
            id,
            &*job.kind,
            turn.phase.name(),
            job.terms.priority,
            turn.due_at,
            i64::from(job.terms.attempts_max),
            micros(job.terms.timeout),
            &job.payload,
            job.digest.to_string(),
            cause.correlation,
            cause.trace,
            turn.blocked_by,
            job.if_unmet.name(),
            job.created_by,
            tx.now(),
        ],
    )
}

fn put_many(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    ids: &[Id<Job>],
    jobs: &[NewJob],
    turns: &[Turn],
) -> Result<(), Fault> {
    let texts = |of: &dyn Fn(&NewJob) -> String| jobs.iter().map(of).collect::<Vec<_>>();
    let ints = |of: &dyn Fn(&NewJob) -> i64| jobs.iter().map(of).collect::<Vec<_>>();
    let cause = tx.cause().cloned().unwrap_or_default();
    tx.put(
        &JOB_ADD_MANY,
        args![
            tenant,
            tx.now(),
            ids.iter().map(Id::to_string).collect::<Vec<_>>(),
            texts(&|job| job.kind.clone().into_owned()),
            turns.iter().map(|turn| turn.phase.name().to_owned()).collect::<Vec<_>>(),
            ints(&|job| job.terms.priority),
            turns.iter().map(|turn| turn.due_at.as_microsecond()).collect::<Vec<_>>(),
            ints(&|job| job.terms.attempts_max.into()),
            ints(&|job| micros(job.terms.timeout)),
            texts(&|job| job.payload.clone()),
            texts(&|job| job.digest.to_string()),
            vec![cause.correlation; jobs.len()],
            vec![cause.trace; jobs.len()],
            jobs.iter().map(|job| job.created_by.map(|by| by.to_string())).collect::<Vec<_>>(),
        ],
    )
}

/// The job that the key stands for from now on: this one, or the one it stood for before.
fn take_key(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<Job>,
    job: &NewJob,
) -> Result<Id<Job>, Failure> {
    let Some(once) = &job.once else { return Ok(id) };
    let now = tx.now();
    let kept = |from: Timestamp, long: SignedDuration| from.checked_add(long).unwrap_or(from);
    let (key, digest, expires_at) = match once {
        Once::Key(key) => {
            let from = job.due_at.map_or(now, |due| due.max(now));
            (format!("key:{key}"), job.digest.to_string(), kept(from, KEY_KEPT))
        }
        Once::In { name, period: length } => {
            (format!("in:{}:{name}", period(now, *length)), String::new(), kept(now, *length))
        }
    };
    let args = args![tenant, &*job.kind, key, &digest, id, expires_at];
    let (holder, held) =
        tx.returning(&KEY_TAKE, args, |row| Ok((row.get::<Id<Job>>(0)?, row.get::<String>(1)?)))?;
    if held != digest {
        let detail = format!("the key stands for `{holder}`, whose payload is another");
        return Err(Refusal::new(Code::JobKeyReused, detail).into());
    }
    Ok(holder)
}

fn ring(tx: &mut Tx<'_>, kind: Word, turn: Turn) {
    match turn.phase {
        Phase::Queued => tx.ring(kind),
        _ => tx.ring(super::LATER),
    }
}
