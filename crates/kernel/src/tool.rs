//! The closed toolset: every tool, how far it reaches, who may use it, and from
//! which state of a ticket to which.
//!
//! This table is the contract. The door authorises by it, the routes, schemas
//! and action descriptors are made from it, and the SQL check on transitions
//! is printed from it, so that nothing states it twice.

use crate::{
    role::{Role, Roles},
    state::{State, States},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// How far a mistake with a tool reaches. Decides who must say yes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Changes nothing.
    Look,
    /// Changes our records; a person can put them back.
    Undoable,
    /// Has left the building: a customer, a technician or a ledger has heard of it.
    Final,
}

/// What a tool is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Makes a ticket.
    NewTicket,
    /// Needs a ticket that exists, and on commands its version.
    Ticket,
    /// Anything else of the tenant.
    Tenant,
}

/// Where a move leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// The ticket stays where it stands.
    Same,
    /// One of these; the verb decides which.
    OneOf(States),
}

/// One way a tool may move a ticket: who, from where, to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub roles: Roles,
    /// Empty for tools that make a ticket or are not about one.
    pub from: States,
    pub to: To,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    pub tool: Tool,
    pub reach: Reach,
    pub subject: Subject,
    pub moves: &'static [Move],
}

/// Short names, so that the table below reads like the one people review.
mod short {
    use crate::{role::Role, state::State};
    pub const D: Role = Role::Dispatcher;
    pub const T: Role = Role::Technician;
    pub const Q: Role = Role::Qa;
    pub const A: Role = Role::Approver;
    pub const F: Role = Role::Finance;
    pub const C: Role = Role::Customer;
    pub const X: Role = Role::Admin;
    pub const U: Role = Role::Auditor;
    pub const AI: Role = Role::AgentIntake;
    pub const AS: Role = Role::AgentScheduling;
    pub const AL: Role = Role::AgentLiaison;
    pub const AC: Role = Role::AgentCloseout;
    pub const I: Role = Role::Integration;
    pub const W: Role = Role::Worker;
    pub const ANY: &[State] = State::ALL;
    pub const OPEN: &[State] = &[
        State::New,
        State::NeedsInfo,
        State::Triaged,
        State::ApprovalRequired,
        State::ReadyToSchedule,
        State::ScheduleProposed,
        State::PendingCustomerConfirmation,
        State::Scheduled,
        State::Dispatched,
        State::InProgress,
        State::OnHold,
        State::CompletedPendingVerification,
        State::Verified,
        State::Invoiced,
    ];
}

macro_rules! from {
    ($set:ident) => { States::of(short::$set) };
    (($($state:ident)*)) => { States::of(&[$(State::$state),*]) };
}
macro_rules! to {
    (same) => { To::Same };
    (($($state:ident)*)) => { To::OneOf(States::of(&[$(State::$state),*])) };
}
macro_rules! toolset {
    ($($tool:ident $name:literal $reach:ident $subject:ident {
        $([$($role:ident)*] $from:tt => $to:tt;)*
    })*) => {
        /// A tool by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Tool { $(#[serde(rename = $name)] $tool,)* }

        impl Tool {
            pub const ALL: &[Self] = &[$(Self::$tool),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$tool => $name),* }
            }
        }

        const TABLE: &[Contract] = &[$(Contract {
            tool: Tool::$tool,
            reach: Reach::$reach,
            subject: Subject::$subject,
            moves: &[$(Move {
                roles: Roles::of(&[$(short::$role),*]),
                from: from!($from),
                to: to!($to),
            }),*],
        }),*];
    };
}

toolset! {
    TicketCreate "ticket.create" Undoable NewTicket { [D AI C] () => (New); }
    TicketIntake "ticket.intake" Undoable NewTicket { [D AI] () => (NeedsInfo Triaged ReadyToSchedule); }
    TicketAddMessage "ticket.add_message" Undoable Ticket { [D T C AI AS AL] ANY => same; }
    TicketRequestInfo "ticket.request_info" Final Ticket { [D AI] (New Triaged) => (NeedsInfo); }
    TicketTriage "ticket.triage" Undoable Ticket {
        [D AI] (New NeedsInfo Triaged) => (Triaged ReadyToSchedule ApprovalRequired);
    }

    SchedulePropose "schedule.propose" Undoable Ticket {
        [D AS] (ReadyToSchedule ScheduleProposed) => (ScheduleProposed);
    }
    ScheduleHold "schedule.hold" Final Ticket {
        [D AS] (ScheduleProposed Scheduled) => (PendingCustomerConfirmation);
    }
    ScheduleRelease "schedule.release" Final Ticket {
        [D AS] (PendingCustomerConfirmation) => (Scheduled);
    }
    ScheduleRollback "schedule.rollback" Undoable Ticket {
        [D AS] (PendingCustomerConfirmation) => (ScheduleProposed Scheduled);
    }
    ScheduleConfirm "schedule.confirm" Final Ticket { [D AS] (ScheduleProposed) => (Scheduled); }
    ScheduleReschedule "schedule.reschedule" Final Ticket {
        [D AS] (Scheduled Dispatched) => (ScheduleProposed);
    }

    AssignmentRecommend "assignment.recommend" Look Ticket {
        [D AS] (ReadyToSchedule ScheduleProposed Scheduled) => same;
    }
    AssignmentDispatch "assignment.dispatch" Final Ticket {
        [D AS] (Scheduled) => (Dispatched);
        [D] (Triaged ReadyToSchedule) => (Dispatched);
    }
    AssignmentUnassign "assignment.unassign" Final Ticket { [D] (Dispatched OnHold) => (Scheduled); }

    TechCheckIn "tech.check_in" Undoable Ticket { [T AL] (Dispatched) => (InProgress); }
    TechHold "tech.hold" Undoable Ticket { [T D AL] (InProgress) => (OnHold); }
    TechResume "tech.resume" Undoable Ticket { [T D AL] (OnHold) => (InProgress); }
    TechReturnVisit "tech.return_visit" Final Ticket {
        [T D] (InProgress OnHold) => (ReadyToSchedule);
    }
    TechRequestChange "tech.request_change" Final Ticket {
        [T AL] (InProgress) => (ApprovalRequired);
    }
    TechComplete "tech.complete" Undoable Ticket {
        [T] (InProgress) => (CompletedPendingVerification);
    }

    ApprovalDecide "approval.decide" Final Ticket {
        [A D] (ApprovalRequired) => (ReadyToSchedule Triaged InProgress);
    }

    CloseoutAddEvidence "closeout.add_evidence" Undoable Ticket {
        [T D AL] (InProgress OnHold CompletedPendingVerification) => same;
    }
    CloseoutSetChecklist "closeout.set_checklist" Undoable Ticket {
        [T D AL] (InProgress OnHold) => same;
    }
    CloseoutLogLabor "closeout.log_labor" Undoable Ticket {
        [T D AL] (InProgress OnHold CompletedPendingVerification) => same;
    }
    CloseoutLogPart "closeout.log_part" Undoable Ticket {
        [T D AL] (InProgress OnHold CompletedPendingVerification) => same;
    }
    CloseoutExceptEvidence "closeout.except_evidence" Final Ticket {
        [Q A] (InProgress CompletedPendingVerification) => same;
    }
    CloseoutAssess "closeout.assess" Look Ticket { [D T Q AL AC] ANY => same; }
    CloseoutCandidate "closeout.candidate" Undoable Ticket {
        [AL AC] (InProgress) => (CompletedPendingVerification);
    }

    QaVerify "qa.verify" Undoable Ticket {
        [Q D] (CompletedPendingVerification) => (Verified InProgress);
    }
    BillingGenerateInvoice "billing.generate_invoice" Undoable Ticket {
        [F AC] (Verified) => (Invoiced);
    }

    TicketClose "ticket.close" Final Ticket { [D F AC] (Verified Invoiced) => (Closed); }
    TicketForceClose "ticket.force_close" Final Ticket {
        [D A] (CompletedPendingVerification) => (Closed);
    }
    TicketReopen "ticket.reopen" Final Ticket { [D Q] (Verified Invoiced Closed) => (InProgress); }
    TicketCancel "ticket.cancel" Final Ticket { [D A] OPEN => (Cancelled); }

    TicketGet "ticket.get" Look Ticket { [D T Q A F C U AI AS AL AC] ANY => same; }
    TicketList "ticket.list" Look Tenant { [D T Q A F C U AI AS AL AC] () => same; }
    TicketTimeline "ticket.timeline" Look Ticket { [D T Q A F C U AI AS AL AC] ANY => same; }
    CloseoutListEvidence "closeout.list_evidence" Look Ticket { [D T Q A F U AL AC] ANY => same; }
    CloseoutPacket "closeout.packet" Look Ticket { [D Q A F C U AC] ANY => same; }
    InvoiceGet "invoice.get" Look Tenant { [D A F C U AC] () => same; }
    InvoiceDocument "invoice.document" Look Tenant { [D A F C U AC] () => same; }
    ScheduleBoard "schedule.board" Look Tenant { [D AS] () => same; }
    TechJobPacket "tech.job_packet" Look Ticket { [T D AL] ANY => same; }
    EvidenceRead "evidence.read" Look Tenant { [D T Q A F U AL] () => same; }
    EvidenceUpload "evidence.upload" Undoable Tenant { [T D AL] () => same; }

    TenantCreate "tenant.create" Final Tenant { [X] () => same; }
    TenantConfigure "tenant.configure" Undoable Tenant { [X] () => same; }
    PrincipalPut "principal.put" Undoable Tenant { [X] () => same; }
    PrincipalRevoke "principal.revoke" Final Tenant { [X] () => same; }
    PrincipalList "principal.list" Look Tenant { [X U] () => same; }
    TokenRevoke "token.revoke" Final Tenant { [X] () => same; }
    AccountPut "account.put" Undoable Tenant { [D X] () => same; }
    AccountList "account.list" Look Tenant { [D F X U AI AS] () => same; }
    SitePut "site.put" Undoable Tenant { [D X] () => same; }
    SiteList "site.list" Look Tenant { [D F C X U AI AS] () => same; }
    ContactPut "contact.put" Undoable Tenant { [X] () => same; }
    ContactList "contact.list" Look Tenant { [D X] () => same; }
    AssetPut "asset.put" Undoable Tenant { [D X] () => same; }
    AssetList "asset.list" Look Tenant { [D X U AI AS AL] () => same; }
    TechnicianPut "technician.put" Undoable Tenant { [X] () => same; }
    TechnicianAbsent "technician.absent" Undoable Tenant { [D X] () => same; }
    TechnicianList "technician.list" Look Tenant { [D X U AS] () => same; }
    RateCardPut "rate_card.put" Undoable Tenant { [X] () => same; }
    RateCardList "rate_card.list" Look Tenant { [D F X U AC] () => same; }
    TypePut "type.put" Undoable Tenant { [X] () => same; }
    TypeActivate "type.activate" Undoable Tenant { [X] () => same; }
    TypeList "type.list" Look Tenant { [D T Q A F X U AI AS AL AC] () => same; }

    OutboxList "outbox.list" Look Tenant { [D X] () => same; }
    OutboxReplay "outbox.replay" Final Tenant { [X] () => same; }

    ImportStart "import.start" Undoable Tenant { [D X] () => same; }
    ImportGet "import.get" Look Tenant { [D X] () => same; }
    ImportQuarantine "import.quarantine" Look Tenant { [D X] () => same; }

    JobEnqueue "job.enqueue" Undoable Tenant { [X I] () => same; }
    JobList "job.list" Look Tenant { [X U] () => same; }
    JobGet "job.get" Look Tenant { [X U I] () => same; }
    JobCancel "job.cancel" Final Tenant { [X I] () => same; }
    JobRetry "job.retry" Final Tenant { [X] () => same; }
    JobLimit "job.limit" Undoable Tenant { [X] () => same; }
    JobClaim "job.claim" Undoable Tenant { [W] () => same; }
    JobRenew "job.renew" Undoable Tenant { [W] () => same; }
    JobComplete "job.complete" Undoable Tenant { [W] () => same; }
    JobFail "job.fail" Undoable Tenant { [W] () => same; }
    JobSchedule "job.schedule" Undoable Tenant { [X] () => same; }
    JobUnschedule "job.unschedule" Undoable Tenant { [X] () => same; }
    JobSchedules "job.schedules" Look Tenant { [X U] () => same; }

    PolicyMint "policy.mint" Final Tenant { [A D] () => same; }
    PolicyRevoke "policy.revoke" Final Tenant { [A D X] () => same; }

    AuditList "audit.list" Look Tenant { [U] () => same; }
    AuditReceipt "audit.receipt" Look Tenant { [D T Q A F C X U AI AS AL AC] () => same; }
    AuditExport "audit.export" Look Tenant { [U] () => same; }
    LogRead "log.read" Look Tenant { [U] () => same; }
}

impl Tool {
    pub const fn contract(self) -> &'static Contract {
        // The table and the enum are made from one list, in one order.
        &TABLE[self as usize]
    }

    pub const fn reach(self) -> Reach {
        self.contract().reach
    }

    /// Whether the tool changes something. Looks do not.
    pub const fn is_command(self) -> bool {
        !matches!(self.contract().reach, Reach::Look)
    }

    pub fn roles(self) -> Roles {
        self.contract().moves.iter().fold(Roles::NONE, |all, way| all.union(way.roles))
    }

    /// Every state from which somebody may use the tool.
    pub fn from(self) -> States {
        self.contract().moves.iter().fold(States::NONE, |all, way| all.union(way.from))
    }

    /// Every state to which the tool may lead.
    pub fn to(self) -> States {
        self.contract().moves.iter().fold(States::NONE, |all, way| match way.to {
            To::Same => all,
            To::OneOf(states) => all.union(states),
        })
    }
}

impl Contract {
    /// The states from which `role` may use the tool.
    pub fn from_for(&self, role: Role) -> States {
        let ways = self.moves.iter().filter(|way| way.roles.contains(role));
        ways.fold(States::NONE, |all, way| all.union(way.from))
    }

    /// Whether the tool may lead from one state to the other. Where both are
    /// the same, this says that staying there is a step of its own: other
    /// windows are offered, or a call is judged again.
    pub fn leads(&self, from: State, to: State) -> bool {
        self.moves.iter().filter(|way| way.from.contains(from)).any(|way| match way.to {
            To::Same => false,
            To::OneOf(states) => states.contains(to),
        })
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is not in the toolset.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such tool")]
pub struct NoSuchTool;

impl FromStr for Tool {
    type Err = NoSuchTool;

    fn from_str(text: &str) -> Result<Self, NoSuchTool> {
        Self::ALL.iter().copied().find(|tool| tool.name() == text).ok_or(NoSuchTool)
    }
}
