//! Policy tokens: what a person permits, once, before it is done.
//!
//! ```text
//!   policy.mint ──▶ token ──▶ docket policy narrow ──▶ job.enqueue ──▶ job.claim
//!   (a person)      (secret,       (any holder,         used, and       asked again,
//!                    shown once)    no server)          kept sealed     signatures too
//! ```
//!
//! Which kinds of jobs are actions is compiled in ([`kernel::job::is_action`]);
//! nothing that a caller says makes one of them anything else.
//!
//! What must stay true:
//!
//! * No action job is queued but with a token that permits exactly it: its
//!   tenant, project, kind, resource and payload, now and when it is due. The
//!   types say so: only [`permit`] makes a [`Permit`], and a job of such a kind is
//!   not made without.
//! * A token is used once, and that is written in the transaction of its use.
//! * Every time the job is handed to a worker, the token is verified again, over
//!   the payload as it then lies in the database. What does not hold any more is
//!   dead and never runs.
//! * Whoever permits does not do it as well.
//! * A token is not kept, logged or answered a second time; what is kept is
//!   sealed, and of no use to anybody once it was used.
//!
//! What tokens are made of, and their laws, is in [`kernel::policy`].

mod held_to;
mod keys;
pub mod mint;
mod permit;
pub mod revoke;
mod sent;

pub(crate) use held_to::{HeldTo, hold_to, stop};
pub use keys::Keys;
pub(crate) use permit::{Permit, Wish, permit, spend};
pub use sent::Sent;

#[cfg(test)]
mod tests;
