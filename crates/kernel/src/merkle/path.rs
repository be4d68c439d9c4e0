//! What the files of a tiled log are called (<https://c2sp.org/tlog-tiles>).

use std::{fmt, str::FromStr};

/// How many hashes a full tile holds, and how many entries a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// The highest level that the specification lets a path name.
const LEVEL_MAX: u8 = 63;

/// The longest path there is takes 53 bytes.
const PATH_BYTES_MAX: usize = 64;

/// The name of a tile: up to 256 neighbouring hashes of one level.
///
/// It is written `tile/<level>/<index>`, and `….p/<width>` while it is partial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    level: u8,
    place: Place,
}

impl Tile {
    /// The tile at this place, as wide as it is in a tree of `size` leaves.
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        let place = Place::among(index, hashes)?;
        Some(Self { level, place })
    }

    /// The partial tiles of a tree of `size` leaves, lowest level first.
    pub fn edge(size: u64) -> impl Iterator<Item = Self> {
        let last = move |level| Self::in_tree(level, (size >> (8 * level)) / 256, size);
        (0..8).filter_map(last)
    }

    pub fn level(&self) -> u8 {
        self.level
    }

    pub fn index(&self) -> u64 {
        self.place.index
    }

    pub fn width(&self) -> u16 {
        self.place.width
    }

    /// The same tile when it is full. A log may drop a partial tile once it has
    /// the full one, which begins with the same hashes.
    pub fn when_full(&self) -> Self {
        Self { level: self.level, place: self.place.when_full() }
    }
}

/// The name of an entry bundle: the entries behind a tile of level 0.
///
/// It is written `tile/entries/<index>`, and `….p/<width>` while it is partial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bundle {
    place: Place,
}

impl Bundle {
    /// The bundle at this place, as wide as it is in a tree of `size` leaves.
    pub fn in_tree(index: u64, size: u64) -> Option<Self> {
        Place::among(index, size).map(|place| Self { place })
    }

    pub fn index(&self) -> u64 {
        self.place.index
    }

    pub fn width(&self) -> u16 {
        self.place.width
    }

    /// The same bundle when it is full.
    pub fn when_full(&self) -> Self {
        Self { place: self.place.when_full() }
    }
}

/// Whatever a reader of the log can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogPath {
    Checkpoint,
    Tile(Tile),
    Bundle(Bundle),
}

impl fmt::Display for LogPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint => f.write_str("checkpoint"),
            Self::Tile(tile) => tile.fmt(f),
            Self::Bundle(bundle) => bundle.fmt(f),
        }
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/{}", self.level, self.place)
    }
}

impl fmt::Display for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/entries/{}", self.place)
    }
}

impl FromStr for LogPath {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        if text.len() > PATH_BYTES_MAX {
            return Err(BadPath);
        }
        // One file has one name: what would be written otherwise is not it.
        read(text).filter(|path| path.to_string() == text).ok_or(BadPath)
    }
}

impl FromStr for Tile {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        match text.parse()? {
            LogPath::Tile(tile) => Ok(tile),
            LogPath::Checkpoint | LogPath::Bundle(_) => Err(BadPath),
        }
    }
}

impl FromStr for Bundle {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        match text.parse()? {
            LogPath::Bundle(bundle) => Ok(bundle),
            LogPath::Checkpoint | LogPath::Tile(_) => Err(BadPath),
        }
    }
}

fn read(text: &str) -> Option<LogPath> {
    if text == "checkpoint" {
        return Some(LogPath::Checkpoint);
    }
    let (level, place) = text.strip_prefix("tile/")?.split_once('/')?;
    let place = Place::read(place)?;
    if level == "entries" {
        return Some(LogPath::Bundle(Bundle { place }));
    }
    let level = level.parse().ok().filter(|level| *level <= LEVEL_MAX)?;
    Some(LogPath::Tile(Tile { level, place }))
}

/// Text that names no file of a tiled log.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a path like `tile/0/x001/234.p/56`, `tile/entries/000` or `checkpoint`")]
pub struct BadPath;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    index: u64,
    width: u16,
}

impl Place {
    fn among(index: u64, total: u64) -> Option<Self> {
        let before = index.checked_mul(u64::from(TILE_WIDTH))?;
        let rest = total.checked_sub(before).filter(|rest| *rest > 0)?;
        let width = u16::try_from(rest).map_or(TILE_WIDTH, |rest| rest.min(TILE_WIDTH));
        Some(Self { index, width })
    }

    fn when_full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    fn read(text: &str) -> Option<Self> {
        let (digits, width) = match text.split_once(".p/") {
            None => (text, TILE_WIDTH),
            Some((digits, width)) => {
                (digits, width.parse().ok().filter(|width| (1..TILE_WIDTH).contains(width))?)
            }
        };
        let mut index = 0u64;
        for group in digits.split('/') {
            let group = group.strip_prefix('x').unwrap_or(group);
            index = index.checked_mul(1000)?.checked_add(group.parse().ok()?)?;
        }
        Some(Self { index, width })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_folders(f, self.index / 1000)?;
        write!(f, "{:03}", self.index % 1000)?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

fn write_folders(f: &mut fmt::Formatter<'_>, thousands: u64) -> fmt::Result {
    if thousands == 0 {
        return Ok(());
    }
    write_folders(f, thousands / 1000)?;
    write!(f, "x{:03}/", thousands % 1000)
}
