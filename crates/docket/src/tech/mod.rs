//! On site: from the technician's arrival to the moment the work is done.
//!
//! ```text
//!                 ┌── hold ──▶ on_hold ── resume ──┐
//!   check_in ──▶ in_progress ◀─────────────────────┘
//!                 ├── request_change ──▶ approval_required ──▶ in_progress
//!                 ├── return_visit ──▶ ready_to_schedule
//!                 └── complete ──▶ completed_pending_verification
//! ```
//!
//! What must stay true:
//!
//! * Only the technician the ticket is assigned to, or an agent that acts for
//!   them, checks in and asks for more.
//! * A wait says whom it waits for, so that nobody else is blamed for it.
//! * More money is asked for, never taken.
//! * Who needs to get in can, from dispatch to completion, and each time the
//!   access code is read is recorded.

pub mod check_in;
pub mod complete;
pub mod hold;
pub mod job_packet;
pub mod request_change;
pub mod resume;
pub mod return_visit;

#[cfg(test)]
mod tests;
