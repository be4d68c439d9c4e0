//! Incident types: what each kind of work asks for, from the first question to
//! the last photograph.
//!
//! A type is versioned data of its tenant. Every change is a new version, and a
//! ticket stays with the version it was triaged by. What must stay true:
//!
//! * A version never changes.
//! * A type without a duration, a skill or an evidence list is never active.
//! * A new tenant starts with the six types of `seed.json`, and may change them.

pub mod activate;
pub mod list;
pub mod put;
mod store;
mod template;

pub(crate) use store::{active, at, foresee_active, foresee_at, seed};
pub use template::{Ask, Asked, Moment, Template};

#[cfg(test)]
mod tests;
