//! Where a ticket can stand: the states that are enforced, and the phases that people see.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! states {
    ($($state:ident = $name:literal, $phase:ident;)*) => {
        /// A state of a ticket. What only that state can know (who closed it,
        /// which hold) is kept beside it by whoever stores tickets.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum State { $($state,)* }

        impl State {
            pub const ALL: &[Self] = &[$(Self::$state),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$state => $name),* }
            }

            /// What people see; a projection that is never stored.
            pub const fn phase(self) -> Phase {
                match self { $(Self::$state => Phase::$phase),* }
            }
        }
    };
}

states! {
    New = "new", New;
    NeedsInfo = "needs_info", New;
    Triaged = "triaged", Triaged;
    ApprovalRequired = "approval_required", Triaged;
    ReadyToSchedule = "ready_to_schedule", Schedulable;
    ScheduleProposed = "schedule_proposed", Schedulable;
    PendingCustomerConfirmation = "pending_customer_confirmation", Schedulable;
    Scheduled = "scheduled", Scheduled;
    Dispatched = "dispatched", Dispatched;
    InProgress = "in_progress", Onsite;
    OnHold = "on_hold", Onsite;
    CompletedPendingVerification = "completed_pending_verification", CloseoutPending;
    Verified = "verified", CloseoutPending;
    Invoiced = "invoiced", CloseoutPending;
    Closed = "closed", Closed;
    Cancelled = "cancelled", Cancelled;
}

impl State {
    /// Whether the ticket is finished; only `ticket.reopen` leads out of one of the two.
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled)
    }
}

/// The phase of a ticket, as a dispatcher would name it.
///
/// `approval_required` reads as `triaged` before work and as `onsite` during
/// it; the ticket knows which, so [`State::phase`] gives the former and the
/// ticket's own view corrects it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    New,
    Triaged,
    Schedulable,
    Scheduled,
    Dispatched,
    Onsite,
    CloseoutPending,
    Closed,
    Cancelled,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no state.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such state")]
pub struct NoSuchState;

impl FromStr for State {
    type Err = NoSuchState;

    fn from_str(text: &str) -> Result<Self, NoSuchState> {
        Self::ALL.iter().copied().find(|state| state.name() == text).ok_or(NoSuchState)
    }
}

/// A set of states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct States(u16);

impl States {
    pub const NONE: Self = Self(0);

    pub const fn of(states: &[State]) -> Self {
        let mut set = 0;
        let mut at = 0;
        while at < states.len() {
            set |= 1 << states[at] as u16;
            at += 1;
        }
        Self(set)
    }

    pub const fn contains(self, state: State) -> bool {
        self.0 & (1 << state as u16) != 0
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The states in the order they are declared.
    pub fn iter(self) -> impl Iterator<Item = State> {
        State::ALL.iter().copied().filter(move |state| self.contains(*state))
    }
}
