//! What a run measures, and how much of it.

use crate::system::System;
use std::path::PathBuf;

/// Measures Docket's jobs beside graphile-worker, pg-boss and procrastinate
#[derive(clap::Parser)]
#[command(name = "./bench jobs")]
pub struct Plan {
    /// Take a tenth, in one round: to see that everything runs
    #[arg(long)]
    quick: bool,
    /// How many rounds; three where nothing is said
    #[arg(long)]
    rounds: Option<usize>,
    /// Which systems
    #[arg(long, value_delimiter = ',')]
    only: Vec<System>,
    /// Which phases
    #[arg(long, value_delimiter = ',')]
    phases: Vec<Phase>,
    /// Where to append what was measured, as lines of JSON
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// The folder that holds PostgreSQL's data for as long as this runs; on a real disk
    #[arg(long, default_value = "/var/tmp")]
    pub data: PathBuf,
    /// The folder of PostgreSQL's programs; the newest installed where nothing is said
    #[arg(long)]
    pub postgres: Option<PathBuf>,
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Phase {
    Enqueue,
    Batch,
    Work,
    Flow,
    Pickup,
    Claim,
    Crash,
}

/// How much a run does.
#[derive(Clone)]
pub struct Sizes {
    /// Seconds for which callers queue single jobs.
    pub seconds: f64,
    /// Jobs queued in batches.
    pub batched: usize,
    /// Jobs worked off.
    pub jobs: usize,
    /// Seconds after which working off is broken off.
    pub cap: u32,
    /// Jobs that an idle worker is woken for.
    pub samples: usize,
    /// Jobs waiting when a claim is measured.
    pub depths: Vec<usize>,
    /// Claims measured at each depth.
    pub claims: usize,
    /// Jobs waiting when a worker is killed.
    pub killed: usize,
}

impl Plan {
    pub fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.quick { 1 } else { 3 })
    }

    pub fn systems(&self) -> Vec<System> {
        if self.only.is_empty() { System::ALL.to_vec() } else { self.only.clone() }
    }

    pub fn has(&self, phase: Phase) -> bool {
        self.phases.is_empty() || self.phases.contains(&phase)
    }

    pub fn sizes(&self) -> Sizes {
        let full = Sizes {
            seconds: 5.0,
            batched: 100_000,
            jobs: 20_000,
            cap: 20,
            samples: 100,
            depths: vec![1_000, 100_000, 1_000_000],
            claims: 100,
            killed: 6_000,
        };
        let quick = Sizes {
            seconds: 1.0,
            batched: 10_000,
            jobs: 2_000,
            cap: 5,
            samples: 10,
            depths: vec![1_000, 10_000],
            claims: 10,
            killed: 1_500,
        };
        if self.quick { quick } else { full }
    }
}
