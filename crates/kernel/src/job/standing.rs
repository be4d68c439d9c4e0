//! One job, without what it is about.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $words:ident { $($(#[$of:meta])* $word:ident = $name:literal,)* } $bad:ident $no:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $words { $($(#[$of])* $word,)* }

        impl $words {
            pub const ALL: &[Self] = &[$(Self::$word),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$word => $name),* }
            }
        }

        impl std::fmt::Display for $words {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        #[error($no)]
        pub struct $bad;

        impl std::str::FromStr for $words {
            type Err = $bad;

            fn from_str(text: &str) -> Result<Self, $bad> {
                Self::ALL.iter().copied().find(|word| word.name() == text).ok_or($bad)
            }
        }
    };
}

words! {
    /// How a job stands, as people read it.
    State {
        /// Its turn comes, now or when it is due.
        Queued = "queued",
        Running = "running",
        /// It was tried in vain and will be tried again.
        Failed = "failed",
        Succeeded = "succeeded",
        /// It was tried in vain as often as it may be.
        Dead = "dead",
        Cancelled = "cancelled",
    }
    NoSuchState "no such state of a job"
}

words! {
    /// How a job stands, as it is kept.
    Phase {
        /// For a time, or for another job.
        Waiting = "waiting",
        /// Whoever is free may take it.
        Queued = "queued",
        Running = "running",
        Succeeded = "succeeded",
        Dead = "dead",
        Cancelled = "cancelled",
    }
    NoSuchPhase "no such phase of a job"
}

words! {
    /// How one attempt ended.
    How {
        Succeeded = "succeeded",
        Failed = "failed",
        /// It failed, and the worker knows that trying again is of no use.
        GaveUp = "gave_up",
        TimedOut = "timed_out",
        /// Nothing was heard of the worker until its lease had passed.
        Lost = "lost",
        /// The worker wants to see the job again at a later time.
        Snoozed = "snoozed",
        /// The worker put the job back without having begun.
        Released = "released",
        /// Somebody had asked for it to be cancelled.
        Cancelled = "cancelled",
    }
    NoSuchEnd "no such end of an attempt"
}

impl Phase {
    /// Whether the job is done with.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Dead | Self::Cancelled)
    }
}

/// A job, as far as the rules care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub phase: Phase,
    /// How many attempts have begun.
    pub attempt: u32,
    pub attempts_max: u32,
    /// The number of the last lease; 0 before the first. It is the time of the
    /// claim in microseconds, or one more than the last: a claim that the database
    /// forgets when the power fails shares its number with no later one.
    pub lease: i64,
    /// Whether somebody asked to cancel it while it ran.
    pub cancel_asked: bool,
}

/// The lease was taken back, or the job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lease was taken back")]
pub struct LeaseLost;

/// What becomes of a job whose attempt has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is over: succeeded, dead or cancelled.
    Over(Phase),
    /// Somebody tries it again.
    Again { when: When, attempt: u32 },
}

/// When a job is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Now,
    /// At the time that the worker named.
    Named,
    /// After the wait for this many attempts.
    Backoff,
}

impl Standing {
    pub const fn new(phase: Phase, attempts_max: u32) -> Self {
        Self { phase, attempt: 0, attempts_max, lease: 0, cancel_asked: false }
    }

    /// How people read it.
    pub const fn state(self) -> State {
        match self.phase {
            Phase::Waiting | Phase::Queued if self.attempt > 0 => State::Failed,
            Phase::Waiting | Phase::Queued => State::Queued,
            Phase::Running => State::Running,
            Phase::Succeeded => State::Succeeded,
            Phase::Dead => State::Dead,
            Phase::Cancelled => State::Cancelled,
        }
    }

    /// Its turn has come, if it was waiting.
    #[must_use]
    pub fn due(self) -> Self {
        match self.phase {
            Phase::Waiting => Self { phase: Phase::Queued, ..self },
            _ => self,
        }
    }

    /// A worker takes it, if it is there to be taken.
    pub fn claimed(self, at: Timestamp) -> Option<Self> {
        (self.phase == Phase::Queued).then(|| Self {
            phase: Phase::Running,
            attempt: self.attempt.saturating_add(1),
            lease: at.as_microsecond().max(self.lease.saturating_add(1)),
            ..self
        })
    }

    /// What follows when the attempt under this lease ends this way.
    ///
    /// # Errors
    /// If that lease is not the one under which the job runs.
    pub fn ends(self, lease: i64, how: How) -> Result<Next, LeaseLost> {
        if self.phase != Phase::Running || self.lease != lease {
            return Err(LeaseLost);
        }
        if self.cancel_asked {
            return Ok(Next::Over(Phase::Cancelled));
        }
        let tried = |when| match self.attempt < self.attempts_max {
            true => Next::Again { when, attempt: self.attempt },
            false => Next::Over(Phase::Dead),
        };
        let uncounted = |when| Next::Again { when, attempt: self.attempt.saturating_sub(1) };
        Ok(match how {
            How::Succeeded => Next::Over(Phase::Succeeded),
            How::Cancelled => Next::Over(Phase::Cancelled),
            How::GaveUp => Next::Over(Phase::Dead),
            How::Failed | How::TimedOut => tried(When::Backoff),
            // Whatever befell the worker has cost a whole lease already.
            How::Lost => tried(When::Now),
            How::Snoozed => uncounted(When::Named),
            How::Released => uncounted(When::Now),
        })
    }

    /// The job after an attempt that ended so. `wait` says whether there is any
    /// before the next.
    #[must_use]
    pub fn after(self, next: Next, wait: SignedDuration) -> Self {
        match next {
            Next::Over(phase) => Self { phase, ..self },
            Next::Again { attempt, .. } => {
                let phase =
                    if wait > SignedDuration::ZERO { Phase::Waiting } else { Phase::Queued };
                Self { phase, attempt, ..self }
            }
        }
    }

    /// Somebody asks for it to be cancelled. Whoever runs it is told; a job that
    /// is over stays as it is.
    #[must_use]
    pub fn cancelled(self) -> Self {
        match self.phase {
            Phase::Waiting | Phase::Queued => Self { phase: Phase::Cancelled, ..self },
            Phase::Running => Self { cancel_asked: true, ..self },
            Phase::Succeeded | Phase::Dead | Phase::Cancelled => self,
        }
    }

    /// A person has it tried again from the beginning, if it is dead.
    pub fn retried(self) -> Option<Self> {
        let again = Self { phase: Phase::Queued, attempt: 0, cancel_asked: false, ..self };
        (self.phase == Phase::Dead).then_some(again)
    }
}
