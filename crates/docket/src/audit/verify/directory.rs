//! Checking a log that lies in a folder as files (<https://c2sp.org/tlog-tiles>).

use super::{
    Against, Found, Held, NotHeld, cosignatures,
    database::known_root,
    open,
    walk::{Root, Walk},
};
use crate::failure::Fault;
use kernel::merkle::{Bundle, TILE_WIDTH, Tile, decode_bundle};
use std::{fmt::Display, fs, io::ErrorKind, path::Path};

/// Checks every entry, every tile and the checkpoint of a folder.
///
/// # Errors
/// The first thing that does not hold, or that a file cannot be read.
pub fn directory(folder: &Path, against: &Against<'_>) -> Result<Held, NotHeld> {
    let note =
        file(folder, "checkpoint")?.ok_or_else(|| Found::new("checkpoint", "it is missing"))?;
    let note = String::from_utf8_lossy(&note);
    let head = open(&note, against.keys)?;
    let cosignatures = cosignatures(&note, against.keys);
    let size = head.size;
    let place = format!("checkpoint of size {size}");
    let mut roots = vec![Root { size, hash: head.root, place }];
    if let Some(known) = &against.known {
        roots.push(known_root(known, Some(&head))?);
    }

    let read = |tile: Tile| either(folder, tile, tile.when_full());
    let mut walk = Walk::new(size, roots, &read);
    for index in 0..size.div_ceil(u64::from(TILE_WIDTH)) {
        (against.progress)(index * u64::from(TILE_WIDTH), size);
        let name = Bundle::in_tree(index, size).ok_or_else(|| Fault::Other("no bundle".into()))?;
        let bytes = either(folder, name, name.when_full())?
            .ok_or_else(|| Found::new(format!("`{name}`"), "it is missing"))?;
        let entries = decode_bundle(&bytes, name.width())
            .map_err(|bad| Found::new(format!("`{name}`"), bad.to_string()))?;
        entries.into_iter().try_for_each(|entry| walk.entry(entry))?;
    }
    walk.end()?;
    (against.progress)(size, size);
    Ok(Held { entries: size, checkpoints: 1, cosignatures, waiting: 0, head: Some(head) })
}

/// A partial file, or what it has grown into since; of that the beginning.
fn either(
    folder: &Path,
    partial: impl Display,
    full: impl Display,
) -> Result<Option<Vec<u8>>, Fault> {
    match file(folder, &partial.to_string())? {
        Some(bytes) => Ok(Some(bytes)),
        None => file(folder, &full.to_string()),
    }
}

fn file(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, Fault> {
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Fault::File { path: path.display().to_string(), cause }),
    }
}
