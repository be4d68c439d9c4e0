//! A token as a whole: minted, narrowed, sealed, written, read and verified.

use super::{
    Attempt, BLOCKS_MAX, Grant, Narrowing, Prohibited, TOKEN_BYTES_MAX,
    block::{self, Block, Place},
};
use crate::canonical;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use jiff::Timestamp;
use std::{fmt, str::FromStr};

/// What every token of this version begins with.
pub(super) const VERSION: &str = "dpt1";

/// A policy token. Whoever has it may use it, so it has no `Display` and its
/// `Debug` says nothing: [`Token::expose`] is the one way to its text.
#[derive(Clone)]
pub struct Token {
    /// The first is the grant.
    blocks: Vec<Block>,
    proof: Proof,
}

/// That whoever passed the token on was its last holder.
#[derive(Clone)]
enum Proof {
    /// The secret of the last key: the token can still be narrowed.
    Open(SigningKey),
    /// The signature of the last key: it is as it is for ever.
    Sealed(Signature),
}

impl Proof {
    const OPEN: u8 = 0;
    const SEALED: u8 = 1;
}

/// A token whose signatures hold. What it permits is asked of
/// [`Verified::prohibits`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    grant: Grant,
    narrowings: Vec<Narrowing>,
}

/// Why text or bytes are no token of ours. It never repeats them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    #[error("a policy token has at most {TOKEN_BYTES_MAX} bytes and {BLOCKS_MAX} blocks")]
    TooLong,
    #[error("policy tokens of this version are not supported")]
    Version,
    #[error("expected a policy token like `{VERSION}.….…`")]
    Form,
    #[error("a block of the policy token says something else than a grant or a narrowing")]
    Block,
    #[error("the policy token is not of a key that is trusted here, or was changed")]
    Forged,
    #[error("the policy token claims to live longer than any may")]
    Life,
}

/// Why a token was not narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNarrowed {
    #[error("the policy token is sealed")]
    Sealed,
    #[error("the policy token has {BLOCKS_MAX} blocks already, or would be too long")]
    Full,
    #[error("name something that the policy token is to be narrowed to")]
    Nothing,
    #[error("that is more than the policy token permits")]
    Wider,
    #[error(transparent)]
    Bad(#[from] BadToken),
}

impl Token {
    /// Grants, with the key that every verifier trusts. `next` signs the first
    /// narrowing: a key that was drawn for this token alone.
    ///
    /// # Errors
    /// If the grant lives longer than any may.
    pub fn mint(root: &SigningKey, grant: &Grant, next: SigningKey) -> Result<Self, BadToken> {
        if !grant.lives_minutes() {
            return Err(BadToken::Life);
        }
        let says = canonical::to_vec(grant).map_err(|_| BadToken::Block)?;
        let block = Block::sign(root, &next, Place { index: 0, after: None }, says);
        Ok(Self { blocks: vec![block], proof: Proof::Open(next) })
    }

    /// The same token, for less. It needs no key but the token itself.
    ///
    /// # Errors
    /// If it is sealed or full, or `narrowing` names nothing, or more than what
    /// the token permits as it is.
    pub fn narrow(&self, narrowing: &Narrowing, next: SigningKey) -> Result<Self, NotNarrowed> {
        let Proof::Open(by) = &self.proof else { return Err(NotNarrowed::Sealed) };
        if *narrowing == Narrowing::default() {
            return Err(NotNarrowed::Nothing);
        }
        let before = self.read()?.permits().ok_or(NotNarrowed::Wider)?;
        let after = before.and(narrowing).ok_or(NotNarrowed::Wider)?;
        if !narrowing.counts_in(&after) {
            return Err(NotNarrowed::Wider);
        }
        let says = canonical::to_vec(narrowing).map_err(|_| BadToken::Block)?;
        let mut blocks = self.blocks.clone();
        blocks.push(Block::sign(by, &next, self.end(), says));
        let narrowed = Self { blocks, proof: Proof::Open(next) };
        let fits =
            narrowed.blocks.len() <= BLOCKS_MAX && narrowed.expose().len() <= TOKEN_BYTES_MAX;
        if fits { Ok(narrowed) } else { Err(NotNarrowed::Full) }
    }

    /// The same token, which nobody can narrow any more. It proves what was
    /// permitted and is no secret once it was used.
    #[must_use]
    pub fn sealed(&self) -> Self {
        let proof = match &self.proof {
            Proof::Open(by) => Proof::Sealed(self.end().seal(by)),
            Proof::Sealed(seal) => Proof::Sealed(*seal),
        };
        Self { blocks: self.blocks.clone(), proof }
    }

    pub const fn is_sealed(&self) -> bool {
        matches!(self.proof, Proof::Sealed(_))
    }

    /// Checks every signature, from one of the trusted keys to the proof.
    ///
    /// # Errors
    /// If one does not hold, a block cannot be read, or the grant lives longer
    /// than any may. Without a key nothing holds.
    pub fn verify(&self, trusted: &[VerifyingKey]) -> Result<Verified, BadToken> {
        let first = self.blocks.first().ok_or(BadToken::Form)?;
        let start = Place { index: 0, after: None };
        let by_root = |key: &&VerifyingKey| !key.is_weak() && first.verify(key, start).is_ok();
        trusted.iter().find(by_root).ok_or(BadToken::Forged)?;

        for (index, pair) in (1_u8..).zip(self.blocks.windows(2)) {
            let [before, block] = pair else { return Err(BadToken::Form) };
            block.verify(&before.next, Place { index, after: Some(&before.signature) })?;
        }
        let last = self.blocks.last().ok_or(BadToken::Form)?;
        match &self.proof {
            Proof::Open(secret) if secret.verifying_key() != last.next => {
                return Err(BadToken::Forged);
            }
            Proof::Open(_) => {}
            Proof::Sealed(seal) => self.end().check_seal(&last.next, seal)?,
        }
        self.read()
    }

    /// What the blocks say. Nothing of it is proven: [`Token::verify`] proves it.
    ///
    /// # Errors
    /// If a block cannot be read, or the grant lives longer than any may.
    pub fn read(&self) -> Result<Verified, BadToken> {
        let (first, rest) = self.blocks.split_first().ok_or(BadToken::Form)?;
        let grant: Grant = first.read()?;
        if !grant.lives_minutes() {
            return Err(BadToken::Life);
        }
        let narrowings = rest.iter().map(Block::read).collect::<Result<_, _>>()?;
        Ok(Verified { grant, narrowings })
    }

    /// Where the next block would stand, or the seal stands.
    fn end(&self) -> Place<'_> {
        let index = u8::try_from(self.blocks.len()).unwrap_or(u8::MAX);
        Place { index, after: self.blocks.last().map(|last| &last.signature) }
    }

    /// The token as text, for whoever is to have it.
    pub fn expose(&self) -> String {
        let proof = match &self.proof {
            Proof::Open(secret) => [&[Proof::OPEN][..], secret.as_bytes()].concat(),
            Proof::Sealed(seal) => [&[Proof::SEALED][..], &seal.to_bytes()].concat(),
        };
        let blocks: Vec<_> = self.blocks.iter().map(Block::encode).collect();
        format!("{VERSION}.{}.{}", blocks.join("."), block::encode(&proof))
    }
}

impl Narrowing {
    /// Whether the times named here are the ones that count in what is left, and
    /// not those of a block before.
    fn counts_in(&self, after: &Self) -> bool {
        let kept = |named: Option<Timestamp>, counts| named.is_none() || named == counts;
        kept(self.not_before, after.not_before) && kept(self.expires, after.expires)
    }
}

impl Verified {
    /// What a person permitted.
    pub const fn grant(&self) -> &Grant {
        &self.grant
    }

    /// What was taken from it, in the order in which it was passed on.
    pub fn narrowings(&self) -> &[Narrowing] {
        &self.narrowings
    }

    /// What is left of the grant; nothing, if no attempt could clear all blocks.
    pub fn permits(&self) -> Option<Narrowing> {
        self.narrowings.iter().try_fold(self.grant.restated(), Narrowing::and)
    }

    /// Why one of the blocks prohibits an attempt; nothing if none does.
    pub fn prohibits(&self, attempt: &Attempt) -> Option<Prohibited> {
        let by_grant = self.grant.prohibits(attempt);
        by_grant.or_else(|| self.narrowings.iter().find_map(|block| block.prohibits(attempt)))
    }
}

impl FromStr for Token {
    type Err = BadToken;

    fn from_str(text: &str) -> Result<Self, BadToken> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err(BadToken::TooLong);
        }
        let (version, rest) = text.split_once('.').ok_or(BadToken::Form)?;
        if version != VERSION {
            return Err(BadToken::Version);
        }
        let (blocks, proof) = rest.rsplit_once('.').ok_or(BadToken::Form)?;
        let blocks = blocks.split('.').map(Block::decode).collect::<Result<Vec<_>, _>>()?;
        if blocks.len() > BLOCKS_MAX {
            return Err(BadToken::TooLong);
        }
        let token = Self { blocks, proof: proof_of(&block::decode(proof)?)? };
        token.read()?;
        if token.expose() == text { Ok(token) } else { Err(BadToken::Form) }
    }
}

fn proof_of(bytes: &[u8]) -> Result<Proof, BadToken> {
    match bytes.split_first() {
        Some((&Proof::OPEN, secret)) => {
            let secret = secret.try_into().map_err(|_| BadToken::Form)?;
            Ok(Proof::Open(SigningKey::from_bytes(secret)))
        }
        Some((&Proof::SEALED, seal)) => {
            Ok(Proof::Sealed(Signature::from_slice(seal).map_err(|_| BadToken::Form)?))
        }
        _ => Err(BadToken::Form),
    }
}

/// Says nothing, so that no log line ever holds a token.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}
