//! What whoever does a job holds of it.

use super::keep::Ack;
use crate::{
    db::Tx,
    failure::Failure,
    job::{Attempt, Claimed, Held, Kind, Measured, Put, complete},
};
use jiff::SignedDuration;
use kernel::{
    canonical,
    job::{LeaseLost, PAYLOAD_BYTES_MAX, Phase},
    refusal::{Code, Refusal},
};
use serde::Serialize;
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// The lease on a job, as long as it holds. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lease(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    held: Held,
    /// For how long it is renewed.
    length: SignedDuration,
    stop: CancellationToken,
    why: OnceLock<Why>,
    progress: AtomicI64,
    attempt: Attempt,
    since: Instant,
}

/// Why work is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Somebody asked for the job to be cancelled.
    Cancelled,
    /// It was taken back.
    Lost,
    /// The process ends.
    Leaving,
}

/// No progress was reported.
const NOTHING: i64 = -1;

impl Lease {
    /// The lease on a job of a kind that has just been taken.
    pub(super) fn new(job: &Claimed, kind: &'static Kind) -> Self {
        Self(Arc::new(Inner {
            held: job.held(),
            length: kind.terms.lease,
            attempt: Attempt { kind: kind.name, number: job.attempt, max: job.attempts_max },
            since: Instant::now(),
            stop: CancellationToken::new(),
            why: OnceLock::new(),
            progress: AtomicI64::new(NOTHING),
        }))
    }

    /// What there is to count of an attempt that ended like this.
    pub(super) fn measured(&self, ack: Option<&Ack>) -> Vec<Measured> {
        if self.why() == Some(Why::Lost) && ack.is_none() {
            return Vec::new();
        }
        self.0.attempt.ended(self.0.since.elapsed(), ack)
    }

    pub(super) fn length(&self) -> SignedDuration {
        self.0.length
    }

    pub(super) fn held(&self) -> Held {
        self.0.held
    }

    /// Whether the work is to stop. What waits is stopped by itself; what keeps a
    /// thread busy has to ask.
    pub fn is_stopped(&self) -> bool {
        self.0.stop.is_cancelled()
    }

    /// Waits until the work is to stop.
    pub async fn stopped(&self) {
        self.0.stop.cancelled().await;
    }

    pub(super) fn stop(&self, why: Why) {
        // The first reason is the reason.
        let _ = self.0.why.set(why);
        self.0.stop.cancel();
    }

    pub(super) fn why(&self) -> Option<Why> {
        self.0.why.get().copied()
    }

    /// Says how far the work is, in percent. It is written down within seconds.
    pub fn progress(&self, percent: u8) {
        self.0.progress.store(percent.min(100).into(), Ordering::Relaxed);
    }

    /// What was reported since the last time.
    pub(super) fn news(&self) -> Option<i64> {
        Some(self.0.progress.swap(NOTHING, Ordering::Relaxed)).filter(|news| *news != NOTHING)
    }

    /// Ends the job as succeeded in the transaction of its effects, so that both
    /// are there or neither. Work that did this answers [`super::Done::Committed`].
    ///
    /// # Errors
    /// `job.lease_lost` or `job.cancelled`, which undo the transaction.
    pub fn complete(&self, tx: &mut Tx<'_>, result: &impl Serialize) -> Result<(), Failure> {
        let result = Some(written(result)?);
        let put = complete(tx, &[(self.0.held, result)])?.pop();
        match put {
            Some(Ok(Put::Over(Phase::Succeeded))) => Ok(()),
            Some(Err(LeaseLost)) | None => {
                let detail = "the job was taken back before it was done";
                Err(Refusal::new(Code::JobLeaseLost, detail).into())
            }
            Some(Ok(_)) => {
                let detail = "somebody asked for the job to be cancelled";
                Err(Refusal::new(Code::JobCancelled, detail).into())
            }
        }
    }
}

/// A result as it is kept.
///
/// # Errors
/// `job.payload_too_large`, `input.malformed`.
pub(in crate::job) fn written(result: &impl Serialize) -> Result<String, Failure> {
    let text = canonical::to_string(result)
        .map_err(|no| Refusal::new(Code::InputMalformed, no.to_string()).at("result"))?;
    if text.len() > PAYLOAD_BYTES_MAX {
        let detail = format!("a result of {} bytes is too long", text.len());
        return Err(Refusal::new(Code::JobPayload, detail).at("result").into());
    }
    Ok(text)
}
