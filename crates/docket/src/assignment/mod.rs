//! Assignment: who goes, and why not somebody else.
//!
//! What must stay true:
//!
//! * Skills, coverage, shift, absence and other visits are hard: nobody goes
//!   who cannot do it, is not there, or is elsewhere at the time.
//! * A recommendation and a dispatch ask the very same questions ([`fit`]), in
//!   the same order.
//! * What was recommended is kept as it was said, and a dispatch that claims to
//!   follow it does.
//! * A call can be taken past scheduling only in an emergency, and by two people.
//!
//! Start with [`dispatch`].

pub mod dispatch;
mod fit;
pub mod recommend;
pub mod unassign;

#[cfg(test)]
mod tests;
