//! `docket demo`.

pub mod call;
pub mod cast;
pub mod crew;
pub mod diary;
pub mod photo;
pub mod play;
pub mod read;
pub mod run;
pub mod scenes;
pub mod stage;
pub mod tally;
pub mod town;

/// Calls of the trade, written for the demo. Nobody in it exists: the numbers
/// are of the range kept for fiction and the addresses of `example.com`.
pub const SAMPLE: &str = include_str!("sample.csv");

#[cfg(test)]
mod tests;
