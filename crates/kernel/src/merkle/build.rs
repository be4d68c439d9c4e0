//! Growing a tiled log.

use super::{Frontier, Hash, SIZE_MAX, TILE_WIDTH, Tile, root_of};

/// Appends leaf hashes to a tiled log and hands out the tiles that changed.
///
/// All it remembers is the partial tile of each level, so it takes up a log of
/// any size by reading at most eight tiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TileBuilder {
    size: u64,
    /// The hashes of the partial tile of each level, lowest first. None is full.
    edge: Vec<Vec<Hash>>,
}

impl TileBuilder {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes up a log of `size` leaves from its stored tiles ([`Tile::edge`]).
    /// A stored tile may be wider than asked for: it is then cut. Compare
    /// [`root`](Self::root) with a signed checkpoint before building on it.
    pub fn resume<B: AsRef<[u8]>>(
        size: u64,
        read: impl Fn(Tile) -> Option<B>,
    ) -> Result<Self, BadEdge> {
        if size > SIZE_MAX {
            return Err(BadEdge::TooLong { size });
        }
        let mut edge = Vec::new();
        for tile in Tile::edge(size) {
            let stored = read(tile).ok_or(BadEdge::Missing { tile })?;
            let (hashes, _) = stored.as_ref().as_chunks::<{ Hash::BYTES }>();
            let hashes = hashes.get(..usize::from(tile.width())).ok_or(BadEdge::Cut { tile })?;
            edge.resize(usize::from(tile.level()), Vec::new());
            edge.push(hashes.iter().copied().map(Hash).collect());
        }
        Ok(Self { size, edge })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the log as it is now.
    pub fn root(&self) -> Hash {
        self.frontier().root()
    }

    /// The right edge as a [`Frontier`]: a partial tile is eight bits of the
    /// size, so the peaks of the tiles, one level after the other, are the
    /// peaks of the tree.
    pub fn frontier(&self) -> Frontier {
        let peaks = self.edge.iter().rev().flat_map(|hashes| {
            let level: Frontier = hashes.iter().copied().collect();
            level.peaks().to_vec()
        });
        Frontier::resume(self.size, peaks.collect()).expect("the edge has the bits of the size")
    }

    /// Appends leaves and gives every tile that this filled or widened, with
    /// its bytes. Write them all, and only then sign a checkpoint.
    pub fn append(&mut self, leaves: impl IntoIterator<Item = Hash>) -> Vec<(Tile, Vec<u8>)> {
        let before = self.size;
        let mut tiles = Vec::new();
        for leaf in leaves {
            self.push(leaf, &mut tiles);
        }
        let widened = Tile::edge(self.size).filter(|tile| {
            let bits = 8 * u32::from(tile.level());
            before >> bits != self.size >> bits
        });
        tiles.extend(widened.map(|tile| (tile, bytes_of(&self.edge[usize::from(tile.level())]))));
        tiles
    }

    fn push(&mut self, leaf: Hash, filled: &mut Vec<(Tile, Vec<u8>)>) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0.. {
            let at = usize::from(level);
            if at == self.edge.len() {
                self.edge.push(Vec::with_capacity(usize::from(TILE_WIDTH)));
            }
            self.edge[at].push(hash);
            if self.edge[at].len() < usize::from(TILE_WIDTH) {
                return;
            }
            let index = (self.size >> (8 * u32::from(level))) / u64::from(TILE_WIDTH) - 1;
            let tile = Tile::in_tree(level, index, self.size).expect("the tile was just filled");
            filled.push((tile, bytes_of(&self.edge[at])));
            hash = root_of(self.edge[at].drain(..));
        }
    }
}

fn bytes_of(hashes: &[Hash]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(hashes.len() * Hash::BYTES);
    hashes.iter().for_each(|hash| bytes.extend_from_slice(&hash.0));
    bytes
}

/// Why a log cannot be taken up.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEdge {
    #[error("no log has {size} leaves")]
    TooLong { size: u64 },
    #[error("`{tile}` is missing")]
    Missing { tile: Tile },
    #[error("`{tile}` is shorter than its name says")]
    Cut { tile: Tile },
}
