//! One walk over all leaves, from the first to the last.

use super::{Found, NotHeld, name_of};
use crate::failure::Fault;
use kernel::merkle::{Frontier, Hash, TILE_WIDTH, Tile, TileBuilder};
use std::{collections::BTreeMap, iter::Peekable};

/// A root that the log must have had, and who says so.
pub(super) struct Root {
    pub size: u64,
    pub hash: Hash,
    pub place: String,
}

/// Takes leaves one after the other and compares whatever they lead to.
pub(super) struct Walk<'a> {
    size: u64,
    roots: Peekable<std::vec::IntoIter<Root>>,
    read: &'a dyn Fn(Tile) -> Result<Option<Vec<u8>>, Fault>,
    /// The stored tile of level 0 that the walk is in.
    tile: Vec<u8>,
    /// The leaves of that tile so far.
    leaves: Vec<Hash>,
    builder: TileBuilder,
    /// The partial tile of each level as it should be.
    partial: BTreeMap<u8, (Tile, Vec<u8>)>,
    frontier: Frontier,
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
            tile: Vec::new(),
            leaves: Vec::with_capacity(usize::from(TILE_WIDTH)),
            builder: TileBuilder::new(),
            partial: BTreeMap::new(),
            frontier: Frontier::new(),
        }
    }

    /// The next entry.
    pub fn entry(&mut self, entry: &[u8]) -> Result<(), NotHeld> {
        let leaf = self.frontier.size();
        if self.leaves.is_empty() {
            self.tile = self.stored(0, leaf / u64::from(TILE_WIDTH))?;
        }
        let hash = Hash::leaf(entry);
        let at = self.leaves.len() * size_of::<Hash>();
        if self.tile.get(at..at + size_of::<Hash>()) != Some(&hash.0) {
            let what = "its hash is not the one that the log holds for this leaf";
            return Err(Found::new(name_of(leaf, entry), what).into());
        }
        self.leaves.push(hash);
        self.frontier.push(hash);
        self.roots(entry)?;
        if self.leaves.len() == usize::from(TILE_WIDTH) { self.tiles() } else { Ok(()) }
    }

    /// Checks what the last leaves lead to.
    pub fn end(mut self) -> Result<(), NotHeld> {
        if self.frontier.size() != self.size {
            let what =
                format!("the log ends after {} of {} leaves", self.frontier.size(), self.size);
            return Err(Found::new(format!("leaf {}", self.frontier.size()), what).into());
        }
        self.tiles()?;
        match self.roots.next() {
            None => Ok(()),
            Some(root) => {
                let what = format!("the log has only {} leaves", self.size);
                Err(Found::new(root.place, what).into())
            }
        }
    }

    fn roots(&mut self, entry: &[u8]) -> Result<(), NotHeld> {
        let size = self.frontier.size();
        while let Some(root) = self.roots.next_if(|root| root.size == size) {
            if self.frontier.root() != root.hash {
                let last = name_of(size - 1, entry);
                let what = format!("the entries up to {last} do not lead to its root");
                return Err(Found::new(root.place, what).into());
            }
        }
        Ok(())
    }

    /// Compares the tiles that these leaves fill, and at the end those that
    /// stay partial.
    fn tiles(&mut self) -> Result<(), NotHeld> {
        for (tile, hashes) in self.builder.append(self.leaves.drain(..)) {
            if tile.width() == TILE_WIDTH {
                self.partial.remove(&tile.level());
                self.compare(tile, &hashes)?;
            } else {
                self.partial.insert(tile.level(), (tile, hashes));
            }
        }
        if self.frontier.size() < self.size {
            return Ok(());
        }
        self.partial.values().try_for_each(|(tile, hashes)| self.compare(*tile, hashes))
    }

    fn compare(&self, tile: Tile, hashes: &[u8]) -> Result<(), NotHeld> {
        if self.stored(tile.level(), tile.index())? == hashes {
            return Ok(());
        }
        let what = "its hashes are not those of the entries under it";
        Err(Found::new(format!("`{tile}`"), what).into())
    }

    fn stored(&self, level: u8, index: u64) -> Result<Vec<u8>, NotHeld> {
        let tile = Tile::in_tree(level, index, self.size);
        let missing = || Found::new(format!("tile {index} of level {level}"), "it is missing");
        let tile = tile.ok_or_else(missing)?;
        Ok((self.read)(tile)?.ok_or_else(|| Found::new(format!("`{tile}`"), "it is missing"))?)
    }
}
