//! Checking proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2).

use super::Hash;

/// Checks that `leaf` is leaf number `index` of the tree of `size` leaves with
/// this root.
pub fn verify_inclusion(
    leaf: Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: Hash,
) -> Result<(), NotProven> {
    if index >= size {
        return Err(NotProven::OutOfRange { index, size });
    }
    let mut climb = Climb { at: index, last: size - 1 };
    let mut hash = leaf;
    for &sibling in proof {
        hash = match climb.step()? {
            Side::Left => Hash::node(sibling, hash),
            Side::Right => Hash::node(hash, sibling),
        };
    }
    climb.arrived()?;
    if hash == root { Ok(()) } else { Err(NotProven::Root { size }) }
}

/// Checks that the tree of `new` leaves with `new_root` continues the tree of
/// `old` leaves with `old_root`.
pub fn verify_consistency(
    old: u64,
    old_root: Hash,
    new: u64,
    new_root: Hash,
    proof: &[Hash],
) -> Result<(), NotProven> {
    if old > new {
        return Err(NotProven::Shrunk { old, new });
    }
    if old == 0 || old == new {
        return verify_nothing_to_show(old, old_root, new, new_root, proof);
    }
    let mut climb = Climb { at: old - 1, last: new - 1 };
    climb.skip(climb.at.trailing_ones());
    // An old tree that is complete is a node of the new one, and the proof
    // leaves it out because the verifier has it.
    let (first, rest) = match proof {
        _ if old.is_power_of_two() => (old_root, proof),
        [first, rest @ ..] => (*first, rest),
        [] => return Err(NotProven::TooShort),
    };
    let (mut old_hash, mut new_hash) = (first, first);
    for &sibling in rest {
        match climb.step()? {
            Side::Left => {
                old_hash = Hash::node(sibling, old_hash);
                new_hash = Hash::node(sibling, new_hash);
            }
            Side::Right => new_hash = Hash::node(new_hash, sibling),
        }
    }
    climb.arrived()?;
    match (old_hash == old_root, new_hash == new_root) {
        (true, true) => Ok(()),
        (false, _) => Err(NotProven::Root { size: old }),
        (true, false) => Err(NotProven::Root { size: new }),
    }
}

fn verify_nothing_to_show(
    old: u64,
    old_root: Hash,
    new: u64,
    new_root: Hash,
    proof: &[Hash],
) -> Result<(), NotProven> {
    let expected = if old == 0 { Hash::EMPTY } else { new_root };
    if !proof.is_empty() {
        return Err(NotProven::TooLong);
    }
    if old_root != expected || (new == 0 && new_root != Hash::EMPTY) {
        return Err(NotProven::Root { size: old });
    }
    Ok(())
}

/// The way up from a node to the root, beside the way up from the last leaf.
struct Climb {
    at: u64,
    last: u64,
}

enum Side {
    Left,
    Right,
}

impl Climb {
    /// Goes up to the next node that has a sibling; says on which side it is.
    fn step(&mut self) -> Result<Side, NotProven> {
        if self.last == 0 {
            return Err(NotProven::TooLong);
        }
        let side = if self.at & 1 == 1 || self.at == self.last { Side::Left } else { Side::Right };
        if self.at & 1 == 0 && self.at == self.last {
            // The last node of an odd row has no sibling and moves up alone.
            // `last` is not zero, so neither is `at`.
            self.skip(self.at.trailing_zeros());
        }
        self.skip(1);
        Ok(side)
    }

    fn skip(&mut self, rows: u32) {
        self.at = self.at.checked_shr(rows).unwrap_or(0);
        self.last = self.last.checked_shr(rows).unwrap_or(0);
    }

    fn arrived(&self) -> Result<(), NotProven> {
        if self.last == 0 { Ok(()) } else { Err(NotProven::TooShort) }
    }
}

/// What does not hold about a proof.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    #[error("there is no leaf {index} in a tree of {size}")]
    OutOfRange { index: u64, size: u64 },
    #[error("a tree of {new} leaves does not continue one of {old}")]
    Shrunk { old: u64, new: u64 },
    #[error("the proof ends before it reaches the root")]
    TooShort,
    #[error("the proof goes on after it has reached the root")]
    TooLong,
    #[error("the proof does not lead to the root at size {size}")]
    Root { size: u64 },
}
