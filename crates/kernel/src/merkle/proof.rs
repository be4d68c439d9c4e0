//! Making proofs (RFC 9162 sections 2.1.3.1 and 2.1.4.1).

use super::{
    Hash, MissingNode, Nodes,
    nodes::{range, split},
};

/// The hashes that lead from leaf `index` to the root of the first `size` leaves.
pub fn prove_inclusion(
    nodes: &impl Nodes,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, NotProvable> {
    if index >= size {
        return Err(NotProvable::OutOfRange { index, size });
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(range(nodes, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The hashes that show that the first `old` leaves are the beginning of the
/// first `new`. Between equal trees, and from the empty tree, there is nothing
/// to show and the proof is empty.
pub fn prove_consistency(nodes: &impl Nodes, old: u64, new: u64) -> Result<Vec<Hash>, NotProvable> {
    if old > new {
        return Err(NotProvable::Shrunk { old, new });
    }
    if old == 0 {
        return Ok(Vec::new());
    }
    let (mut start, mut end) = (0, new);
    let mut path = Vec::new();
    while old < end {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(range(nodes, start, middle)?);
            start = middle;
        }
    }
    // From the first leaf on, the range is the old tree, whose root the
    // verifier has.
    if start > 0 {
        path.push(range(nodes, start, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Why there is no such proof.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotProvable {
    #[error("there is no leaf {index} in a tree of {size}")]
    OutOfRange { index: u64, size: u64 },
    #[error("a tree of {new} leaves does not continue one of {old}")]
    Shrunk { old: u64, new: u64 },
    #[error(transparent)]
    Missing(#[from] MissingNode),
}
