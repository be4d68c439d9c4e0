//! The audit log: written with the change, sealed into a Merkle tree a moment later.
//!
//! ```text
//!   commit ──▶ audit_entry ──▶ sequencer ──▶ leaves, tiles, checkpoint ──▶ witnesses
//!              (same transaction)   (within a second, off the writer thread)
//! ```
//!
//! What must stay true:
//!
//! * A change without an entry does not compile: the writer wants [`Recorded`].
//! * A refusal, a sensitive read and a login are entries too.
//! * An entry never changes and is never removed; the database refuses it, and
//!   done behind its back it is found.
//! * Every committed entry becomes a leaf exactly once, in the order of commits,
//!   whatever crashes.
//! * Nothing is signed that does not continue what was signed before.
//!
//! Start with [`sequence`] to see how the log grows, and with [`verify`] to see
//! how anybody checks it.

pub mod export;
pub mod files;
pub mod list;
pub mod log;
pub mod read;
pub mod receipt;
pub mod record;
pub mod sequence;
pub mod verify;
pub mod witness;

pub use record::Recorded;
pub use sequence::Sequencer;

#[cfg(test)]
mod tests;
