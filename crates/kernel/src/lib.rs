//! The vocabulary and the laws: what things are called, and what must hold.
//!
//! Nothing here waits, reads or writes. There is no runtime, no database and
//! no wall clock in the dependency list, and `clippy.toml` beside this crate
//! forbids the ways around that. It is why the whole crate tests in seconds
//! and why its tests can be hard on it.

pub mod canonical;
pub mod checkpoint;
pub mod clock;
pub mod id;
pub mod merkle;
pub mod note;
pub mod receipt;
pub mod refusal;
mod spelled;

#[cfg(test)]
mod tests;
