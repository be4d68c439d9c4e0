//! Reading a tree from its tiles.

use super::{
    Hash, MissingNode, Nodes, NotProvable, TILE_WIDTH, Tile, prove_consistency, prove_inclusion,
    root_at, root_of,
};
use std::{cell::RefCell, collections::BTreeSet};

/// The nodes of a tree of a known size, read from its tiles.
///
/// `read` is asked for tiles as wide as they are at that size, and may give a
/// wider one: what was a partial tile then may be full by now. It is asked again
/// for every node; whoever reads from far away fetches first what
/// [`tiles_for_inclusion`] and its sisters name.
pub struct TileNodes<R> {
    size: u64,
    read: R,
}

impl<R, B> TileNodes<R>
where
    R: Fn(Tile) -> Option<B>,
    B: AsRef<[u8]>,
{
    pub fn new(size: u64, read: R) -> Self {
        Self { size, read }
    }
}

impl<R, B> Nodes for TileNodes<R>
where
    R: Fn(Tile) -> Option<B>,
    B: AsRef<[u8]>,
{
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        let height = level % 8;
        let count = 1u64 << height;
        let first = index.checked_mul(count)?;
        let (tile, from) = (first / u64::from(TILE_WIDTH), first % u64::from(TILE_WIDTH));
        let tile = Tile::in_tree(u8::try_from(level / 8).ok()?, tile, self.size)?;
        if from + count > u64::from(tile.width()) {
            return None;
        }
        let bytes = (self.read)(tile)?;
        let (hashes, _) = bytes.as_ref().as_chunks::<{ Hash::BYTES }>();
        let hashes = hashes.get(from as usize..(from + count) as usize)?;
        Some(root_of(hashes.iter().copied().map(Hash)))
    }
}

/// The tiles that [`prove_inclusion`] will ask for.
pub fn tiles_for_inclusion(index: u64, size: u64) -> Result<BTreeSet<Tile>, NotProvable> {
    asked(size, |nodes| prove_inclusion(&nodes, index, size))
}

/// The tiles that [`prove_consistency`] will ask for.
pub fn tiles_for_consistency(old: u64, new: u64) -> Result<BTreeSet<Tile>, NotProvable> {
    asked(new, |nodes| prove_consistency(&nodes, old, new))
}

/// The tiles that [`root_at`] will ask for.
pub fn tiles_for_root(size: u64) -> Result<BTreeSet<Tile>, MissingNode> {
    asked(size, |nodes| root_at(&nodes, size))
}

/// Rehearses with empty tiles and notes which were wanted.
fn asked<T, E>(
    size: u64,
    rehearse: impl FnOnce(&dyn Fn(u32, u64) -> Option<Hash>) -> Result<T, E>,
) -> Result<BTreeSet<Tile>, E> {
    let asked = RefCell::new(BTreeSet::new());
    let blank = |tile| {
        asked.borrow_mut().insert(tile);
        Some([0; TILE_WIDTH as usize * Hash::BYTES])
    };
    rehearse(&|level, index| TileNodes::new(size, blank).node(level, index))?;
    Ok(asked.into_inner())
}
