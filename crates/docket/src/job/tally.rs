//! How long the jobs of each kind waited and ran, and how often they were tried,
//! counted by the process that did them; those that workers of others do, by the
//! server that was told.

use super::standing::label;
use crate::job::work::Ack;
use jiff::SignedDuration;
use kernel::job::How;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

type Histograms = Family<OfKind, Histogram, fn() -> Histogram>;

/// The numbers. Cheap to clone; a clone counts the same.
#[derive(Clone)]
pub struct Tally {
    latency: Histograms,
    duration: Histograms,
    attempts: Histograms,
}

/// What is counted of one job.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Measured {
    /// It was taken, so long after it was due.
    Taken { kind: &'static str, waited: SignedDuration },
    /// An attempt ended, so long after it was taken.
    Ended { kind: &'static str, took: SignedDuration },
    /// It is over, for better or worse, after so many attempts.
    Over { kind: &'static str, attempts: u32 },
}

/// From the pick-up of a job that was rung for to one that waited for half a day.
const SECONDS: [f64; 14] = [
    0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0, 1_800.0, 7_200.0, 43_200.0,
];
/// Most kinds are tried 12 times at most, and none more than 100 times.
const ATTEMPTS: [f64; 7] = [1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 100.0];

impl Default for Tally {
    fn default() -> Self {
        let seconds = || Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> _);
        let attempts = Family::new_with_constructor((|| Histogram::new(ATTEMPTS)) as fn() -> _);
        Self { latency: seconds(), duration: seconds(), attempts }
    }
}

impl Tally {
    /// Has a registry know the numbers.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let mut seconds = |name, help, histograms: &Histograms| {
            registry.register_with_unit(name, help, Unit::Seconds, histograms.clone());
        };
        seconds("job_latency", "From when a job was due until it was taken", &self.latency);
        seconds(
            "job_duration",
            "From when a job was taken until its attempt ended",
            &self.duration,
        );
        let help = "Attempts of jobs that have succeeded or died";
        registry.register("job_attempts", help, self.attempts.clone());
    }

    pub(crate) fn count(&self, measured: Measured) {
        match measured {
            Measured::Taken { kind, waited } => {
                self.latency.get_or_create(&OfKind { kind }).observe(seconds(waited));
            }
            Measured::Ended { kind, took } => {
                self.duration.get_or_create(&OfKind { kind }).observe(seconds(took));
            }
            Measured::Over { kind, attempts } => {
                self.attempts.get_or_create(&OfKind { kind }).observe(attempts.into());
            }
        }
    }
}

/// Clocks of two machines may make it less than nothing.
fn seconds(long: SignedDuration) -> f64 {
    long.max(SignedDuration::ZERO).as_secs_f64()
}

/// What is to be known of an attempt to count its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    pub kind: &'static str,
    pub number: u32,
    pub max: u32,
}

impl Attempt {
    /// What there is to count of an attempt that took so long and ended like this;
    /// nothing, of one that never began or was cancelled.
    pub(crate) fn ended(self, took: Duration, ack: Option<&Ack>) -> Vec<Measured> {
        let how = match ack {
            None | Some(Ack::Done(_)) => How::Succeeded,
            Some(Ack::End(ended)) => ended.how,
        };
        let last = match how {
            How::Released | How::Snoozed | How::Cancelled => return Vec::new(),
            How::Succeeded | How::GaveUp => true,
            How::Failed | How::TimedOut | How::Lost => self.number >= self.max,
        };
        let took = SignedDuration::try_from(took).unwrap_or(SignedDuration::MAX);
        let over = Measured::Over { kind: self.kind, attempts: self.number };
        let ended = Measured::Ended { kind: self.kind, took };
        [Some(ended), last.then_some(over)].into_iter().flatten().collect()
    }
}

impl Measured {
    /// That a job of a tenant's own kind was taken.
    pub(crate) fn taken_from_outside(kind: &str, waited: SignedDuration) -> Option<Self> {
        Some(Self::Taken { kind: label(kind)?, waited })
    }
}
