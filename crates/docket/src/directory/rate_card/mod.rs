//! Rate cards: what work costs. Every change is a new version of the card.

pub mod list;
pub mod put;
mod store;

pub(crate) use store::{check, for_account, foresee_for_account, named};

#[cfg(test)]
mod tests;
