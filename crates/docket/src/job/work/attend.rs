//! One job, from its beginning to its end.

use super::{
    keep::Ack,
    lease::{Lease, Why, written},
};
use crate::{
    db::{Cause, Db},
    failure::{Failure, Fault},
    job::{Claimed, Ended, Kind},
};
use futures_util::{FutureExt, future::BoxFuture};
use jiff::Timestamp;
use kernel::{
    job::How,
    refusal::{Chain, Code},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tracing::Instrument;

pub(super) type Handler = Arc<dyn Fn(Run) -> BoxFuture<'static, Result<Done, Stop>> + Send + Sync>;

/// What whoever does a job is handed.
pub struct Run {
    pub db: Db,
    pub job: Claimed,
    pub lease: Lease,
}

impl Run {
    /// Reads the payload. One that cannot be read now cannot be read later.
    ///
    /// # Errors
    /// [`Stop::GiveUp`].
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, Stop> {
        serde_json::from_str(&self.job.payload)
            .map_err(|_| Stop::GiveUp { code: "job.payload_unreadable" })
    }
}

/// How work ends that got somewhere.
#[derive(Debug)]
pub enum Done {
    /// It has nothing to say, and its effects are not in this database, or may
    /// happen twice.
    Finished,
    /// The same with a result, as canonical JSON.
    With(String),
    /// [`Lease::complete`] was committed with its effects.
    Committed,
    /// It is to be done at another time, which is no attempt.
    Snooze(Timestamp),
}

impl Done {
    /// Work that ends with a result, whose effects are not in this database.
    ///
    /// # Errors
    /// [`Stop::GiveUp`], if the result is too long.
    pub fn with(result: &impl Serialize) -> Result<Self, Stop> {
        written(result).map(Self::With).map_err(|_| Stop::GiveUp { code: "job.result_too_large" })
    }
}

/// How work ends that got nowhere. What is remembered of it is a code.
#[derive(Debug)]
pub enum Stop {
    /// It may be tried again, not before `at` if that is said.
    Again { code: &'static str, at: Option<Timestamp> },
    /// Trying again is of no use.
    GiveUp { code: &'static str },
    /// It broke on our side, and may be tried again.
    Broke(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Broke(fault)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::Again { code: refusal.code.name(), at: None },
            Failure::Broke(fault) => Self::Broke(fault),
        }
    }
}

/// Does one job, and says how it ended; nothing, if somebody else knows already.
/// Whatever is logged meanwhile names the job and what it belongs to.
pub(super) fn attend(
    run: Run,
    kind: &'static Kind,
    work: Handler,
    time: Duration,
) -> impl Future<Output = (Lease, Option<Ack>)> + Send {
    let Cause { correlation, trace } = run.job.cause();
    let span = tracing::error_span!("job", kind = kind.name, job = %run.job.id, correlation, trace);
    see_through(run, kind, work, time).instrument(span)
}

async fn see_through(
    run: Run,
    kind: &'static Kind,
    work: Handler,
    time: Duration,
) -> (Lease, Option<Ack>) {
    let lease = run.lease.clone();
    // The work may break while it is set up, too.
    let attending = AssertUnwindSafe(async move { work(run).await }).catch_unwind();
    let ended = tokio::select! {
        biased;
        () = lease.stopped() => return (lease.clone(), stopped(&lease)),
        ended = tokio::time::timeout(time, attending) => ended,
    };
    let ack = match ended {
        Err(_) => {
            lease.stop(Why::Lost);
            Some(failed(kind, How::TimedOut, "job.timed_out", None))
        }
        Ok(Err(_)) => {
            tracing::error!("a job panicked");
            Some(failed(kind, How::Failed, "job.panicked", None))
        }
        Ok(Ok(Ok(done))) => finished(done),
        Ok(Ok(Err(stop))) => Some(in_vain(kind, stop)),
    };
    (lease, ack)
}

/// What there is to say of work that was stopped; nothing, if it was taken back.
pub(super) fn stopped(lease: &Lease) -> Option<Ack> {
    match lease.why() {
        Some(Why::Cancelled) => Some(Ack::End(Ended::by(How::Cancelled))),
        Some(Why::Leaving) => Some(Ack::End(Ended::by(How::Released))),
        Some(Why::Lost) | None => None,
    }
}

fn finished(done: Done) -> Option<Ack> {
    match done {
        Done::Finished => Some(Ack::Done(None)),
        Done::With(result) => Some(Ack::Done(Some(result))),
        Done::Committed => None,
        Done::Snooze(until) => {
            Some(Ack::End(Ended { until: Some(until), ..Ended::by(How::Snoozed) }))
        }
    }
}

fn in_vain(kind: &'static Kind, stop: Stop) -> Ack {
    match stop {
        Stop::Again { code, .. } if code == Code::JobCancelled.name() => {
            Ack::End(Ended::by(How::Cancelled))
        }
        Stop::Again { code, at } => failed(kind, How::Failed, code, at),
        Stop::GiveUp { code } => failed(kind, How::GaveUp, code, None),
        Stop::Broke(fault) => {
            if !fault.passes() {
                tracing::error!(error = %Chain(&fault), "a job broke");
            }
            failed(kind, How::Failed, "job.broke", None)
        }
    }
}

fn failed(kind: &Kind, how: How, code: &'static str, until: Option<Timestamp>) -> Ack {
    Ack::End(Ended { how, error: Some(code.into()), until, backoff: kind.terms.backoff })
}
