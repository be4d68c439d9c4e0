//! The vocabulary and the laws: what things are called, and what must hold.
//!
//! Nothing here waits, reads or writes. There is no runtime, no database and
//! no wall clock in the dependency list, and `clippy.toml` beside this crate
//! forbids the ways around that. It is why the whole crate tests in seconds
//! and why its tests can be hard on it.

pub mod clock;
pub mod contact;
pub mod gate;
pub mod hours;
pub mod id;
pub mod invoice;
pub mod key;
pub mod money;
pub mod refusal;
pub mod sla;
pub mod text;
pub mod window;

#[cfg(test)]
mod tests;
