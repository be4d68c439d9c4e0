//! The audit log: written with the change, sealed into a Merkle tree a moment later.
//!
//! What must stay true:
//!
//! * A change without an entry does not compile: the writer wants [`Recorded`].
//! * A refusal, a sensitive read and a login are entries too.
//! * An entry never changes and is never removed; the database refuses it, and
//!   done behind its back it is found.

pub mod record;

pub use record::Recorded;
