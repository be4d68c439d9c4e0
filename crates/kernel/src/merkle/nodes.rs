//! Where proofs find their hashes.

use super::{Hash, frontier::join};

/// Somewhere that complete subtrees can be looked up.
///
/// `node(level, index)` is the root over the leaves from `index << level` up to
/// `(index + 1) << level`; level 0 is the leaf hashes. Any closure of that form
/// will do; [`TileNodes`](super::TileNodes) is one over stored tiles.
pub trait Nodes {
    fn node(&self, level: u32, index: u64) -> Option<Hash>;
}

impl<F: Fn(u32, u64) -> Option<Hash>> Nodes for F {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        self(level, index)
    }
}

/// The root of the tree as it was when it had `size` leaves.
pub fn root_at(nodes: &impl Nodes, size: u64) -> Result<Hash, MissingNode> {
    if size == 0 { Ok(Hash::EMPTY) } else { range(nodes, 0, size) }
}

/// The root over the leaves from `start` up to `end`, of which there is one at
/// least. The splits of RFC 6962 only ask for ranges whose start is a multiple
/// of a power of two that is no shorter than the range; so each piece, widest
/// first, is a complete subtree of the whole.
pub(super) fn range(nodes: &impl Nodes, start: u64, end: u64) -> Result<Hash, MissingNode> {
    let mut peaks = Vec::new();
    let mut at = start;
    while at < end {
        let level = (end - at).ilog2();
        let index = at >> level;
        peaks.push(nodes.node(level, index).ok_or(MissingNode { level, index })?);
        at += 1 << level;
    }
    Ok(join(&peaks).unwrap_or(Hash::EMPTY))
}

/// Where RFC 6962 splits `n` leaves: at the largest power of two below `n`.
pub(super) fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// A hash that was asked for and is not there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tree has no node {index} at level {level}")]
pub struct MissingNode {
    pub level: u32,
    pub index: u64,
}
