//! What happened, counted while it happens.

use kernel::refusal::{Code, Refusal};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

/// Counts of everybody on the stage together.
#[derive(Default)]
pub struct Tally(Mutex<Counts>);

#[derive(Default)]
pub struct Counts {
    /// How long each answer of a tool took, as its caller waited for it.
    pub steps: BTreeMap<&'static str, Vec<Duration>>,
    pub refusals: BTreeMap<Code, Refused>,
    pub bytes_uploaded: u64,
}

/// How often a rule refused, and what it said the first time.
pub struct Refused {
    pub times: usize,
    pub said: String,
}

impl Tally {
    pub fn step(&self, tool: &'static str, took: Duration) {
        self.counts().steps.entry(tool).or_default().push(took);
    }

    pub fn refused(&self, refusal: &Refusal) {
        let mut counts = self.counts();
        let said = || Refused { times: 0, said: refusal.detail.clone() };
        counts.refusals.entry(refusal.code).or_insert_with(said).times += 1;
    }

    pub fn uploaded(&self, bytes: usize) {
        self.counts().bytes_uploaded += bytes as u64;
    }

    pub fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().expect("nobody panics while counting")
    }
}

/// The middle one; the upper of two.
pub fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
