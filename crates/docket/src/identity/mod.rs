//! Who is calling, from a verified credential and from nothing else.
//!
//! What must stay true:
//!
//! * No header, argument or body but the access token says who somebody is.
//! * A token lives 15 minutes at most, whatever it says of itself.
//! * A role counts only if the token names it and the principal was given it.
//! * A revoked token, key or principal is out within a second.

pub mod caller;

pub use caller::{Caller, Kind};
