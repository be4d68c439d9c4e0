//! What the database holds of the log: runs of leaves, tiles and checkpoints.

use super::Recorded;
use crate::{
    db::{Row, Snap, Tx, args, statements},
    failure::Fault,
};
use jiff::Timestamp;
use kernel::{
    merkle::{
        Bundle, Hash, LogPath, Nodes, NotProvable, TILE_WIDTH, Tile, TileNodes, prove_consistency,
        prove_inclusion, push_entry, tiles_for_consistency, tiles_for_inclusion,
    },
    note::{BadNote, Signature, SignedNote},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

statements! {
    LAST_RUN = "log_last_run.sql";
    RUN_OF = "log_run_of.sql";
    RUN_ADD = "log_run_add.sql";
    TILE_FIND = "log_tile_find.sql";
    TILE_PUT = "log_tile_put.sql";
    CHECKPOINT_ADD = "log_checkpoint_add.sql";
    HEAD = "log_head.sql";
    CHECKPOINT_FIND = "log_checkpoint_find.sql";
    COSIGNED_HEAD = "log_cosigned_head.sql";
    COSIGNATURES = "log_cosignatures.sql";
    COSIGNED_SIZE = "log_cosigned_size.sql";
    COSIGNATURE_ADD = "log_cosignature_add.sql";
    ENTRIES = "log_entries.sql" | "log_entries.postgres.sql";
    SETTLE = "log_settle.postgres.sql";
}

/// Tiles that a prover keeps at hand: half a megabyte.
const TILES_MAX: usize = 64;

/// How much older than the last checkpoint the one we show may be, if a witness
/// has signed it. A witness that is away longer must not hide what happened.
const WITNESSED_AGE_MAX_S: i64 = 60;

/// A checkpoint as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub size: u64,
    pub root: Hash,
    /// The note with the log's own signature.
    pub note: String,
    pub at: Timestamp,
}

impl Stored {
    pub(super) fn read(row: &Row<'_>) -> Result<Self, Fault> {
        let size = index(row.get(0)?)?;
        Ok(Self { size, root: row.parsed(1)?, note: row.get(2)?, at: row.get(3)? })
    }
}

/// Leaves that are entries which follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub leaf: u64,
    pub entry_no: i64,
    pub entries: u64,
}

impl Run {
    pub(super) fn read(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self { leaf: index(row.get(0)?)?, entry_no: row.get(1)?, entries: index(row.get(2)?)? })
    }

    /// The leaf after the last.
    pub fn end(&self) -> u64 {
        self.leaf.saturating_add(self.entries)
    }

    /// The number of the last entry.
    pub fn last_entry(&self) -> i64 {
        let more = i64::try_from(self.entries).unwrap_or(i64::MAX).saturating_sub(1);
        self.entry_no.saturating_add(more)
    }

    fn leaf_of(&self, entry_no: i64) -> Option<u64> {
        let offset = u64::try_from(entry_no.checked_sub(self.entry_no)?).ok()?;
        (offset < self.entries).then(|| self.leaf + offset)
    }
}

/// The last checkpoint.
pub fn head(snap: &Snap<'_>) -> Result<Option<Stored>, Fault> {
    snap.maybe(&HEAD, args![], Stored::read)
}

/// The checkpoint to show: the last one that a witness has signed too, unless
/// the witnesses have fallen behind, and at any rate one of at least `size`.
pub fn shown(snap: &Snap<'_>, size: u64) -> Result<Option<Stored>, Fault> {
    let Some(last) = head(snap)?.filter(|last| last.size >= size) else { return Ok(None) };
    let cosigned = snap.maybe(&COSIGNED_HEAD, args![number(size)?], Stored::read)?;
    let fresh =
        |stored: &Stored| last.at.duration_since(stored.at).as_secs() <= WITNESSED_AGE_MAX_S;
    Ok(Some(cosigned.filter(fresh).unwrap_or(last)))
}

/// The checkpoint of one size, if there was one.
pub(super) fn checkpoint(snap: &Snap<'_>, size: u64) -> Result<Option<Stored>, Fault> {
    snap.maybe(&CHECKPOINT_FIND, args![number(size)?], Stored::read)
}

/// The note of a checkpoint as the log signed it.
pub(super) fn signed(stored: &Stored) -> Result<SignedNote, Fault> {
    let read: Result<SignedNote, BadNote> = stored.note.parse();
    read.map_err(|cause| Fault::unreadable("log_checkpoint", "note", cause))
}

/// The note of a checkpoint, with what witnesses said about it.
pub fn note(snap: &Snap<'_>, stored: &Stored) -> Result<SignedNote, Fault> {
    let mut note = signed(stored)?;
    let lines: Vec<Signature> =
        snap.all(&COSIGNATURES, args![number(stored.size)?], |row| row.parsed(0))?;
    for line in lines {
        // More signatures than a note may have are left out, not fatal.
        let _ = note.push(line);
    }
    Ok(note)
}

pub(super) fn last_run(snap: &Snap<'_>) -> Result<Option<Run>, Fault> {
    snap.maybe(&LAST_RUN, args![], Run::read)
}

/// The place of an entry in the log, if it has one by now.
pub fn leaf_of(snap: &Snap<'_>, entry_no: i64) -> Result<Option<u64>, Fault> {
    let run = snap.maybe(&RUN_OF, args![entry_no], Run::read)?;
    Ok(run.and_then(|run| run.leaf_of(entry_no)))
}

/// The stored hashes of a tile, which may be wider than asked for.
pub fn tile(snap: &Snap<'_>, tile: Tile) -> Result<Option<Vec<u8>>, Fault> {
    let key = args![i64::from(tile.level()), number(tile.index())?];
    snap.maybe(&TILE_FIND, key, |row| row.get(0))
}

pub(super) fn tiles(
    snap: &Snap<'_>,
    wanted: impl IntoIterator<Item = Tile>,
) -> Result<BTreeMap<Tile, Vec<u8>>, Fault> {
    let mut found = BTreeMap::new();
    for name in wanted {
        if let Some(hashes) = tile(snap, name)? {
            found.insert(name, hashes);
        }
    }
    Ok(found)
}

/// Makes proofs for the log as it was at one size. It reads each tile once.
pub struct Prover<'a> {
    snap: &'a Snap<'a>,
    size: u64,
    tiles: BTreeMap<Tile, Vec<u8>>,
}

impl<'a> Prover<'a> {
    pub fn new(snap: &'a Snap<'a>, size: u64) -> Self {
        Self { snap, size, tiles: BTreeMap::new() }
    }

    /// The hashes that lead from a leaf to the root.
    pub fn inclusion(&mut self, leaf: u64) -> Result<Vec<Hash>, Fault> {
        self.hold(tiles_for_inclusion(leaf, self.size))?;
        prove_inclusion(&self.nodes(), leaf, self.size).map_err(unproven)
    }

    /// The hashes that show that this log continues what it was at size `old`.
    pub fn consistency(&mut self, old: u64) -> Result<Vec<Hash>, Fault> {
        self.hold(tiles_for_consistency(old, self.size))?;
        prove_consistency(&self.nodes(), old, self.size).map_err(unproven)
    }

    fn hold(&mut self, wanted: Result<BTreeSet<Tile>, NotProvable>) -> Result<(), Fault> {
        if self.tiles.len() > TILES_MAX {
            self.tiles.clear();
        }
        let mut wanted = wanted.map_err(unproven)?;
        wanted.retain(|tile| !self.tiles.contains_key(tile));
        self.tiles.extend(tiles(self.snap, wanted)?);
        Ok(())
    }

    fn nodes(&self) -> impl Nodes {
        TileNodes::new(self.size, |tile| self.tiles.get(&tile))
    }
}

fn unproven(not: NotProvable) -> Fault {
    Fault::Other(format!("the log cannot be proven: {not}"))
}

/// One file of the tiled log (<https://c2sp.org/tlog-tiles>), nothing if there
/// is no such file. Every width that a partial tile once had stays readable.
pub fn resource(snap: &Snap<'_>, path: LogPath) -> Result<Option<Vec<u8>>, Fault> {
    let Some(shown) = shown(snap, 0)? else { return Ok(None) };
    match path {
        LogPath::Checkpoint => Ok(Some(note(snap, &shown)?.to_string().into_bytes())),
        LogPath::Tile(name) => tile_file(snap, name),
        LogPath::Bundle(name) => bundle_file(snap, name),
    }
}

fn size(snap: &Snap<'_>) -> Result<u64, Fault> {
    Ok(head(snap)?.map_or(0, |head| head.size))
}

fn tile_file(snap: &Snap<'_>, name: Tile) -> Result<Option<Vec<u8>>, Fault> {
    let now = Tile::in_tree(name.level(), name.index(), size(snap)?);
    if now.is_none_or(|now| now.width() < name.width()) {
        return Ok(None);
    }
    let hashes = tile(snap, name)?;
    let bytes = usize::from(name.width()) * size_of::<Hash>();
    match hashes.map(|mut hashes| {
        hashes.truncate(bytes);
        hashes
    }) {
        Some(hashes) if hashes.len() == bytes => Ok(Some(hashes)),
        _ => Err(Fault::Other(format!("the log has lost `{name}`"))),
    }
}

fn bundle_file(snap: &Snap<'_>, name: Bundle) -> Result<Option<Vec<u8>>, Fault> {
    let now = Bundle::in_tree(name.index(), size(snap)?);
    if now.is_none_or(|now| now.width() < name.width()) {
        return Ok(None);
    }
    let first = name.index() * u64::from(TILE_WIDTH);
    let mut bundle = Vec::new();
    let mut found = 0;
    each_entry(snap, first, first + u64::from(name.width()), |_, entry| {
        found += 1;
        push_entry(&mut bundle, entry).map_err(|long| Fault::Other(long.to_string()))
    })?;
    if found == name.width() {
        Ok(Some(bundle))
    } else {
        Err(Fault::Other(format!("the log has lost an entry of `{name}`")))
    }
}

/// Hands over the entries that are the leaves from `first` up to `end`.
pub(super) fn each_entry<E: From<Fault>>(
    snap: &Snap<'_>,
    first: u64,
    end: u64,
    mut see: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    snap.each(&ENTRIES, args![number(first)?, number(end)?], |row| {
        see(index(row.get(0)?)?, row.bytes(1)?).map(ControlFlow::Continue)
    })
}

/// What one run of the sequencer adds.
pub(super) struct Grown {
    /// The checkpoint that it was built on, if there was one.
    pub onto: Option<(u64, Hash)>,
    pub runs: Vec<Run>,
    pub tiles: Vec<(Tile, Vec<u8>)>,
    pub checkpoint: Stored,
    pub settle: Settle,
}

/// What was known of other writers when entries were taken up. Where there are
/// none, nothing needs to be settled.
#[derive(Clone)]
pub(super) struct Settle {
    /// The oldest transaction that had not ended.
    pub oldest: String,
    /// Every entry that was there is a leaf now, if its number is not above this.
    pub below: i64,
    /// A number that has been taken.
    pub taken: i64,
}

/// Adds to the log, unless it is no longer what this was built on.
pub(super) fn grow(tx: &mut Tx<'_>, grown: &Grown) -> Result<Option<Recorded>, Fault> {
    // Servers that share a database take turns; whoever comes second finds
    // that the log is not what it has read.
    tx.lock("log", "grow");
    if head(tx)?.map(|head| (head.size, head.root)) != grown.onto {
        return Ok(None);
    }
    for run in &grown.runs {
        tx.put(&RUN_ADD, args![number(run.leaf)?, run.entry_no, number(run.entries)?])?;
    }
    for (tile, hashes) in &grown.tiles {
        let level = i64::from(tile.level());
        tx.put(&TILE_PUT, args![level, number(tile.index())?, hashes.as_slice()])?;
    }
    let Stored { size, root, note, at } = &grown.checkpoint;
    tx.put(&CHECKPOINT_ADD, args![number(*size)?, root.to_string(), note, *at])?;
    settle(tx, &grown.settle).map(Some)
}

/// Writes down how far nobody can be late any more, where anybody can be.
pub(super) fn settle(tx: &mut Tx<'_>, settle: &Settle) -> Result<Recorded, Fault> {
    if tx.is_shared() {
        let Settle { oldest, below, taken } = settle;
        tx.put(&SETTLE, args![oldest, *below, *taken])?;
    }
    Ok(Recorded::by_the_log())
}

/// How much of the log a witness has signed, as far as we know.
pub(super) fn cosigned_size(snap: &Snap<'_>, witness: &str) -> Result<u64, Fault> {
    snap.one(&COSIGNED_SIZE, args![witness], |row| index(row.get(0)?))
}

/// Keeps what a witness said about a checkpoint.
pub(super) fn cosign(
    tx: &mut Tx<'_>,
    size: u64,
    witness: &str,
    line: &Signature,
) -> Result<Recorded, Fault> {
    let at = tx.now();
    tx.put(&COSIGNATURE_ADD, args![number(size)?, witness, line.to_string(), at])?;
    Ok(Recorded::by_the_log())
}

/// Sizes and indexes are counted from 0 and never reach the sign bit.
pub(super) fn number(index: u64) -> Result<i64, Fault> {
    i64::try_from(index).map_err(|_| Fault::Other(format!("no log has a leaf {index}")))
}

pub(super) fn index(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|cause| Fault::unreadable("the log", "index", cause))
}
