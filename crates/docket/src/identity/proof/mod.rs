//! Proofs of possession: that a request was sent by whoever holds the key that
//! its token is bound to, just now, for the first time, and as it arrived.
//!
//! ```text
//!   header ── read ──▶ claims ── check ──▶ Checked ── spend ──▶ Seal ── body ──▶ Proven
//! ```
//!
//! A proof is a JSON Web Token as DPoP (RFC 9449) describes it, with one claim
//! more: `bh`, the SHA-256 of the body in base64url, as `ath` is of the token.
//! It is questioned in this order, and the order of refusals is part of the
//! contract:
//!
//! 1. is there one where there has to be, and no other (`proof.missing`);
//! 2. can it be read, and is its key a public one (`proof.invalid`);
//! 3. is the key the one of the token (`proof.other_key`), and does the
//!    signature hold, made as that key makes them (`proof.invalid`);
//! 4. is it about this method, address and token (`proof.mismatch`);
//! 5. was it made within 30 seconds of now (`proof.time`);
//! 6. was it seen before, by any server (`proof.replayed`);
//! 7. is it about this body (`proof.mismatch`).
//!
//! What must stay true:
//!
//! * A header proves nothing; [`Proven`] does, and only a proof that went all
//!   the way makes one.
//! * A proof that was spent is spent, whatever becomes of its request. Nothing
//!   of a request is looked at before. (One whose token asks too fast, or that
//!   comes while the database is away, is turned away unseen.)
//! * It is remembered for longer than it could be valid by the clock of any
//!   server.

mod check;
pub mod make;
mod read;
mod seal;
pub(super) mod spend;

pub use check::Request;
pub(super) use check::{Checked, check};
pub use read::{BYTES_MAX, Holder, Unverified, read};
pub use seal::{Altered, Seal};

use super::key::Thumbprint;
use jiff::SignedDuration;
use kernel::refusal::{Code, Refusal};

/// How far the time in a proof may be from ours, either way.
pub const WITHIN: SignedDuration = SignedDuration::from_secs(30);
/// What a proof calls itself.
pub(super) const TYPE: &str = "dpop+jwt";

/// That a request was proven to come from whoever holds a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proven(Thumbprint);

impl Proven {
    pub const fn key(self) -> Thumbprint {
        self.0
    }
}

/// How a call came to us, and so whether somebody else could have sent it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It was made in this process.
    Within,
    /// Over a wire, and it shows no more than a token.
    Bare,
    /// Over a wire, by whoever holds the key.
    Proven(Proven),
}

pub(super) fn invalid(detail: impl Into<String>) -> Box<Refusal> {
    Refusal::new(Code::ProofInvalid, detail)
}

pub(super) fn mismatch(detail: &str) -> Box<Refusal> {
    Refusal::new(Code::ProofMismatch, detail)
}

/// Said where a token alone is not enough.
pub(crate) fn missing() -> Box<Refusal> {
    let detail = "a token that is bound to a key comes with `Authorization: DPoP` and one proof";
    Refusal::new(Code::ProofMissing, detail)
}
