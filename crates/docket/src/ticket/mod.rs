//! Tickets: one customer's problem, from the first message to the proof that it
//! was fixed and the invoice for it.
//!
//! Which verb moves a ticket from where to where is the table in
//! [`kernel::tool`]. What must stay true besides:
//!
//! * Account, site, asset and contact of a ticket belong together. The keys of
//!   the tables say so, not checks in passing.
//! * A ticket of another tenant answers exactly like one that does not exist.
//! * Every step is a row with who took it, in the transaction that took it.
//! * A cancelled ticket never changes again.
//!
//! Start with [`create`]: the other verbs read the same way.

pub(crate) mod actions;
pub mod add_message;
pub(crate) mod breach;
mod caller;
pub mod cancel;
mod clocks;
pub mod close;
pub mod create;
mod duplicate;
pub mod force_close;
pub mod get;
pub mod intake;
pub mod list;
pub mod reopen;
pub mod request_info;
mod store;
pub mod timeline;
pub mod triage;
pub(crate) mod view;

pub(crate) use store::{
    claim, find, foresee_in_turn, foresee_save, in_turn, open, save, seen, seen_in_turn,
};

pub use kernel::channel::Channel;

use jiff::Timestamp;
use kernel::{
    id::{self, Account, Approval, Asset, Contact, Hold, Id, Invoice, Site, Technician, Visit},
    money::Money,
    sla::{Priority, WaitingFor},
    state::{Phase, State},
    window::Window,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub struct Ticket {
    pub id: Id<id::Ticket>,
    /// Grows by one with every command that touches the ticket.
    pub version: i64,
    pub account: Id<Account>,
    pub site: Id<Site>,
    pub contact: Option<Id<Contact>>,
    pub asset: Option<Id<Asset>>,
    pub standing: Standing,
    pub priority: Priority,
    pub incident_type: Option<String>,
    /// The version of the type's template that the ticket is held to.
    pub type_version: Option<i64>,
    pub summary: String,
    pub description: Option<String>,
    pub channel: Channel,
    pub identity: Identity,
    /// Not to exceed; nothing may be spent where it is zero.
    pub nte: Money,
    pub technician: Option<Id<Technician>>,
    pub window: Option<Window>,
    pub response_due: Option<Timestamp>,
    pub resolution_due: Option<Timestamp>,
    pub responded_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    /// Since when the clocks stand still.
    pub paused_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Where a ticket stands. Each state holds what only that state can know, so
/// "closed, but by nobody" is not a bug we test for: it cannot be written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Standing {
    New,
    NeedsInfo { questions: Vec<String> },
    Triaged,
    ApprovalRequired { approval: Id<Approval>, back: Back },
    ReadyToSchedule,
    ScheduleProposed { offered: Vec<Window> },
    PendingCustomerConfirmation { hold: Id<Hold>, until: Timestamp, from: HeldFrom },
    Scheduled { offered: Vec<Window> },
    Dispatched { visit: Id<Visit> },
    InProgress { visit: Option<Id<Visit>> },
    OnHold { visit: Option<Id<Visit>>, reason: String, waiting_for: WaitingFor, since: Timestamp },
    CompletedPendingVerification { visit: Option<Id<Visit>> },
    Verified,
    Invoiced { invoice: Id<Invoice> },
    Closed { at: Timestamp, forced: bool },
    Cancelled { at: Timestamp, reason: String },
}

/// Where an approval leads back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "when")]
pub enum Back {
    BeforeWork,
    DuringWork { visit: Option<Id<Visit>> },
}

/// Where a hold leads back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum HeldFrom {
    ScheduleProposed { offered: Vec<Window> },
    Scheduled { offered: Vec<Window>, window: Window },
}

impl Standing {
    pub const fn state(&self) -> State {
        match self {
            Self::New => State::New,
            Self::NeedsInfo { .. } => State::NeedsInfo,
            Self::Triaged => State::Triaged,
            Self::ApprovalRequired { .. } => State::ApprovalRequired,
            Self::ReadyToSchedule => State::ReadyToSchedule,
            Self::ScheduleProposed { .. } => State::ScheduleProposed,
            Self::PendingCustomerConfirmation { .. } => State::PendingCustomerConfirmation,
            Self::Scheduled { .. } => State::Scheduled,
            Self::Dispatched { .. } => State::Dispatched,
            Self::InProgress { .. } => State::InProgress,
            Self::OnHold { .. } => State::OnHold,
            Self::CompletedPendingVerification { .. } => State::CompletedPendingVerification,
            Self::Verified => State::Verified,
            Self::Invoiced { .. } => State::Invoiced,
            Self::Closed { .. } => State::Closed,
            Self::Cancelled { .. } => State::Cancelled,
        }
    }
}

impl Ticket {
    pub const fn state(&self) -> State {
        self.standing.state()
    }

    /// The phase that people see.
    pub const fn phase(&self) -> Phase {
        match self.standing {
            Standing::ApprovalRequired { back: Back::DuringWork { .. }, .. } => Phase::Onsite,
            _ => self.state().phase(),
        }
    }
}

/// What is known of whoever asked. No caller can state this of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "identity")]
pub enum Identity {
    /// Nobody has checked.
    Unverified,
    /// A contact on file who may ask for work here, reached on the channel's own terms.
    Verified { contact: Id<Contact>, by: String },
    /// Somebody signed in vouches.
    Vouched { by: Id<id::Principal> },
}

impl Identity {
    pub const fn is_verified(&self) -> bool {
        !matches!(self, Self::Unverified)
    }
}

/// What a caller has to do with a ticket that they may see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// It is assigned to them, or to whom they act for.
    pub assigned: bool,
}

#[cfg(test)]
mod tests;
