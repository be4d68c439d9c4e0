//! Policy tokens: permission for one action with one payload, given by a person,
//! checked by whoever has the public key, and only ever narrower as it is passed on.
//!
//! ```text
//!   dpt1 . grant ────────────▶ narrowing ────────────▶ … ── proof
//!          signed by Docket    signed by the key that       the secret of the last key:
//!          names a next key    the grant names, names       whoever has it may narrow;
//!                              a next key                   or its signature: sealed
//! ```
//!
//! It is the construction of Biscuit (<https://doc.biscuitsec.org>): every block
//! is signed by the key that the block before it names, over the signature of
//! that block too. Our blocks hold facts of a fixed vocabulary and no program.
//!
//! What must stay true:
//!
//! 1. **A token only narrows.** Adding a block never permits an attempt that was
//!    prohibited before: every block is asked, and one no is a no.
//! 2. **A token is whole.** Removing, reordering or editing a block breaks a
//!    signature, so it reads as forged and not as weaker.
//! 3. **Silence is a no.** A grant that leaves something out is no grant, and an
//!    attempt that does not say what a block asks is prohibited.
//! 4. **One token has one spelling.** What is not canonical is not a token, and
//!    neither is another version, an unknown field or a byte too many.
//! 5. **It lives minutes**, whatever it says: [`LIFE_MAX`] is the verifier's.
//!
//! That it is used once is not for the token to say: whoever takes it writes that
//! down in the transaction of its use.

mod attempt;
mod block;
mod grant;
mod resource;
mod token;

pub use attempt::{Attempt, Prohibited};
pub use grant::{Grant, Narrowing};
pub use resource::{BadResource, Resource};
pub use token::{BadToken, NotNarrowed, Token, Verified};

use jiff::SignedDuration;

/// The longest time between the beginning and the end of a grant.
pub const LIFE_MAX: SignedDuration = SignedDuration::from_mins(15);

/// The most blocks of a token, the grant included.
pub const BLOCKS_MAX: usize = 16;

/// The most bytes of a token as text.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;

#[cfg(test)]
pub(crate) mod testing {
    //! Tokens that nobody who keeps to the rules would make.

    use super::{
        block::{self, Block, Place},
        token::VERSION,
    };
    use ed25519_dalek::SigningKey;

    /// An open token whose first block says `says`, signed all the same.
    pub(crate) fn granted(root: &SigningKey, next: &SigningKey, says: &[u8]) -> String {
        let block = Block::sign(root, next, Place { index: 0, after: None }, says.to_vec());
        let proof = block::encode(&[&[0][..], next.as_bytes()].concat());
        format!("{VERSION}.{}.{proof}", block.encode())
    }
}
