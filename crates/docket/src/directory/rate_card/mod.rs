//! Rate cards: what work costs. Every change is a new version of the card.

mod store;

pub(crate) use store::for_account;
