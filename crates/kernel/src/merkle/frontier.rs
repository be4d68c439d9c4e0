//! The right edge of a growing tree: all it takes to go on and to know the root.

use super::Hash;

/// No log is longer. It leaves room above, so that counting on cannot overflow.
pub const SIZE_MAX: u64 = 1 << 62;

/// The roots of the complete subtrees that a tree is made of, widest first: one
/// for each bit of its size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes up a tree where somebody left it.
    pub fn resume(size: u64, peaks: Vec<Hash>) -> Result<Self, BadFrontier> {
        if size > SIZE_MAX || peaks.len() != size.count_ones() as usize {
            return Err(BadFrontier { size, found: peaks.len() });
        }
        Ok(Self { size, peaks })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf hash. Half of the appends hash nothing, a quarter hashes
    /// once, and so on.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("each bit of the size has its peak");
            hash = Hash::node(left, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root of the tree as it is now (RFC 6962 section 2.1).
    pub fn root(&self) -> Hash {
        join(&self.peaks).unwrap_or(Hash::EMPTY)
    }
}

impl Extend<Hash> for Frontier {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut frontier = Self::new();
        frontier.extend(leaves);
        frontier
    }
}

/// The root of a tree with these leaf hashes.
pub fn root_of(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    leaves.into_iter().collect::<Frontier>().root()
}

/// The root over complete subtrees that stand side by side, widest first.
pub(super) fn join(peaks: &[Hash]) -> Option<Hash> {
    peaks.iter().copied().rev().reduce(|right, left| Hash::node(left, right))
}

/// A frontier that cannot be one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tree of {size} leaves has no frontier of {found} hashes")]
pub struct BadFrontier {
    pub size: u64,
    pub found: usize,
}
