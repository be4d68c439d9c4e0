//! One walk over all leaves, from the first to the last.

use super::{Found, NotHeld, name_of};
use crate::failure::Fault;
use kernel::merkle::{Frontier, Hash, TILE_WIDTH, Tile, TileBuilder};
use std::{collections::BTreeMap, iter::Peekable};

const WIDTH: u64 = TILE_WIDTH as u64;

/// A root that the log must have had, and who says so.
pub(super) struct Root {
    pub size: u64,
    pub hash: Hash,
    pub place: String,
}

/// Takes leaves one after the other and compares whatever they lead to.
///
/// Each node of the tree is hashed once. The leaves of one tile of level 0 make
/// a frontier of their own, and what they come to is a leaf of the tree above:
///
/// ```text
///   leaves ──▶ inner (256 at most) ──▶ outer, above ──▶ the other tiles
/// ```
pub(super) struct Walk<'a> {
    size: u64,
    roots: Peekable<std::vec::IntoIter<Root>>,
    read: &'a dyn Fn(Tile) -> Result<Option<Vec<u8>>, Fault>,
    /// How many leaves there were.
    leaf: u64,
    /// The stored tile of level 0 that the walk is in.
    tile: Vec<u8>,
    inner: Frontier,
    outer: Frontier,
    above: TileBuilder,
    /// The partial tile of each level as it should be.
    partial: BTreeMap<u8, (Tile, Vec<u8>)>,
}

impl<'a> Walk<'a> {
    pub fn new(
        size: u64,
        mut roots: Vec<Root>,
        read: &'a dyn Fn(Tile) -> Result<Option<Vec<u8>>, Fault>,
    ) -> Self {
        roots.sort_by_key(|root| root.size);
        Self {
            size,
            roots: roots.into_iter().peekable(),
            read,
            leaf: 0,
            tile: Vec::new(),
            inner: Frontier::new(),
            outer: Frontier::new(),
            above: TileBuilder::new(),
            partial: BTreeMap::new(),
        }
    }

    /// The next entry.
    pub fn entry(&mut self, entry: &[u8]) -> Result<(), NotHeld> {
        let hash = Hash::leaf(entry);
        if self.inner.size() == 0 {
            self.tile = self.stored(0, self.leaf / WIDTH)?;
        }
        let at = self.inner.size() as usize * size_of::<Hash>();
        if self.tile.get(at..at + size_of::<Hash>()) != Some(&hash.0) {
            let what = "its hash is not the one that the log holds for this leaf";
            return Err(Found::new(name_of(self.leaf, entry), what).into());
        }
        self.inner.push(hash);
        self.leaf += 1;
        // A tile that is full is one peak of the tree above by now.
        if self.inner.size() == WIDTH {
            self.full_tile()?;
        }
        self.roots(entry)
    }

    /// Checks what stays partial.
    pub fn end(mut self) -> Result<(), NotHeld> {
        if self.leaf != self.size {
            let what = format!("the log ends after {} of {} leaves", self.leaf, self.size);
            return Err(Found::new(format!("leaf {}", self.leaf), what).into());
        }
        let partial = self.inner.size() as usize * size_of::<Hash>();
        if partial > 0 && self.tile.len() != partial {
            let tile = Tile::in_tree(0, self.leaf / WIDTH, self.size);
            let name = tile.map(|tile| format!("`{tile}`")).unwrap_or_default();
            return Err(Found::new(name, "it is not as wide as the log").into());
        }
        self.partial.values().try_for_each(|(tile, hashes)| self.compare(*tile, hashes))?;
        match self.roots.next() {
            None => Ok(()),
            Some(root) => {
                let what = format!("the log has only {} leaves", self.size);
                Err(Found::new(root.place, what).into())
            }
        }
    }

    fn roots(&mut self, entry: &[u8]) -> Result<(), NotHeld> {
        while let Some(root) = self.roots.next_if(|root| root.size == self.leaf) {
            if self.root()? != root.hash {
                let last = name_of(self.leaf - 1, entry);
                let what = format!("the entries up to {last} do not lead to its root");
                return Err(Found::new(root.place, what).into());
            }
        }
        Ok(())
    }

    /// The root of the log as it was with the leaves so far.
    fn root(&self) -> Result<Hash, Fault> {
        let peaks = [self.outer.peaks(), self.inner.peaks()].concat();
        let whole = Frontier::resume(self.leaf, peaks);
        Ok(whole.map_err(|bad| Fault::Other(bad.to_string()))?.root())
    }

    /// Goes up with the root of a tile that is full.
    fn full_tile(&mut self) -> Result<(), NotHeld> {
        if self.tile.len() != WIDTH as usize * size_of::<Hash>() {
            let name = format!("tile {} of level 0", self.leaf / WIDTH - 1);
            return Err(Found::new(name, "it is not as wide as it should be").into());
        }
        let root = std::mem::take(&mut self.inner).root();
        self.outer.push(root);
        for (tile, hashes) in self.above.append([root]) {
            let tile =
                Tile::in_tree(tile.level() + 1, tile.index(), self.leaf).ok_or_else(no_tile)?;
            if tile.width() == TILE_WIDTH {
                self.partial.remove(&tile.level());
                self.compare(tile, &hashes)?;
            } else {
                self.partial.insert(tile.level(), (tile, hashes));
            }
        }
        Ok(())
    }

    fn compare(&self, tile: Tile, hashes: &[u8]) -> Result<(), NotHeld> {
        if self.stored(tile.level(), tile.index())? == hashes {
            return Ok(());
        }
        let what = "its hashes are not those of the entries under it";
        Err(Found::new(format!("`{tile}`"), what).into())
    }

    fn stored(&self, level: u8, index: u64) -> Result<Vec<u8>, NotHeld> {
        let tile = Tile::in_tree(level, index, self.size).ok_or_else(no_tile)?;
        Ok((self.read)(tile)?.ok_or_else(|| Found::new(format!("`{tile}`"), "it is missing"))?)
    }
}

fn no_tile() -> Fault {
    Fault::Other("a tile was asked for that no log of this size has".to_owned())
}
