//! Writing the log out as files, for other people's tools
//! (<https://c2sp.org/tlog-tiles>) and as the copy in a second place.
//!
//! A folder that has been written before is only added to. The checkpoint
//! comes last, so that whoever reads at any moment finds all it speaks of.

use super::log;
use crate::{db::Snap, failure::Fault};
use kernel::merkle::{Bundle, LogPath, TILE_WIDTH, Tile};
use std::{fs, io, path::Path};

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Leaves of the log that the folder now holds.
    pub size: u64,
    /// Files that were not there before.
    pub files: u64,
}

/// Brings a folder up to the checkpoint that the log shows.
///
/// # Errors
/// If a file cannot be written, or the database does not answer.
pub fn write(
    snap: &Snap<'_>,
    folder: &Path,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Written, Fault> {
    let Some(shown) = log::shown(snap, 0)? else { return Ok(Written::default()) };
    let size = shown.size;
    let mut written = Written { size, files: 0 };
    for path in paths(size) {
        if let LogPath::Bundle(bundle) = path {
            progress(bundle.index() * u64::from(TILE_WIDTH), size);
        }
        let file = folder.join(path.to_string());
        if !file.exists() {
            let bytes = log::resource(snap, path)?;
            put(&file, &bytes.ok_or_else(|| Fault::Other(format!("the log has no `{path}`")))?)?;
            written.files += 1;
        }
    }
    let note = log::note(snap, &shown)?.to_string();
    put(&folder.join(LogPath::Checkpoint.to_string()), note.as_bytes())?;
    progress(size, size);
    Ok(written)
}

/// Every file of a log of this size but its checkpoint.
fn paths(size: u64) -> impl Iterator<Item = LogPath> {
    let bundles = (0..).map_while(move |index| Bundle::in_tree(index, size)).map(LogPath::Bundle);
    let level = move |level| (0..).map_while(move |index| Tile::in_tree(level, index, size));
    bundles.chain((0..8).flat_map(level).map(LogPath::Tile))
}

/// Writes beside and moves into place: a reader sees a whole file or none.
fn put(file: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let failed = |cause| Fault::File { path: file.display().to_string(), cause };
    let half = file.with_extension("part");
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let written = fs::File::create(&half).and_then(|mut open| {
        io::Write::write_all(&mut open, bytes)?;
        open.sync_all()
    });
    written.and_then(|()| fs::rename(&half, file)).map_err(failed)
}
