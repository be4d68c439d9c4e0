//! The vocabulary and the laws: what things are called, and what must hold.
//!
//! Nothing here waits, reads or writes. There is no runtime, no database and
//! no wall clock in the dependency list, and `clippy.toml` beside this crate
//! forbids the ways around that. It is why the whole crate tests in seconds
//! and why its tests can be hard on it.

pub mod audit;
pub mod canonical;
pub mod channel;
pub mod checkpoint;
pub mod clock;
pub mod contact;
pub mod field;
pub mod gate;
pub mod graph;
pub mod hours;
pub mod id;
pub mod invoice;
pub mod job;
pub mod key;
pub mod merkle;
pub mod money;
pub mod note;
pub mod policy;
pub mod receipt;
pub mod refusal;
pub mod role;
pub mod sla;
mod spelled;
pub mod state;
pub mod text;
pub mod tool;
pub mod window;

#[cfg(test)]
mod tests;
