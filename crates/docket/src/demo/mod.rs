//! `docket demo`.

pub mod call;
pub mod photo;
pub mod read;
pub mod stage;

/// Calls of the trade, written for the demo. Nobody in it exists: the numbers
/// are of the range kept for fiction and the addresses of `example.com`.
pub const SAMPLE: &str = include_str!("sample.csv");

#[cfg(test)]
mod tests;
