//! Kinds of jobs, and the terms on which they are done.

use jiff::SignedDuration;
use kernel::job::Backoff;

/// A kind of job that is compiled in. The slice that does the work declares it.
#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    pub terms: Terms,
}

/// How jobs of a kind are done, unless a job says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The smaller comes first, within one tenant and kind.
    pub priority: i64,
    pub attempts_max: u32,
    /// How long one attempt may take.
    pub timeout: SignedDuration,
    /// After how long without a sign of life somebody else takes over; at least
    /// 15 seconds, in which a worker gives three.
    pub lease: SignedDuration,
    pub backoff: Backoff,
    /// How many may run at once, in all processes and for all tenants.
    pub running_max: Option<u32>,
}

/// A renewal costs the same however long it is for, so there is nothing to gain
/// from a longer lease but patience with a worker that stands still.
const LEASE_MIN: SignedDuration = SignedDuration::from_secs(15);

impl Terms {
    pub const USUAL: Self = Self {
        priority: 0,
        attempts_max: 12,
        timeout: SignedDuration::from_mins(5),
        lease: LEASE_MIN,
        backoff: Backoff::USUAL,
        running_max: None,
    };
}

impl Kind {
    /// A kind on the usual terms.
    pub const fn new(name: &'static str) -> Self {
        Self { name, terms: Terms::USUAL }
    }

    /// # Panics
    /// When it is compiled, if the lease is too short to be renewed in time.
    #[must_use]
    pub const fn terms(self, terms: Terms) -> Self {
        assert!(terms.lease.as_secs() >= LEASE_MIN.as_secs(), "a lease is 15 seconds at least");
        Self { terms, ..self }
    }
}
