//! Entry bundles: the entries themselves, each behind its length
//! (<https://c2sp.org/tlog-tiles#log-entries>).

use super::TILE_WIDTH;

/// The longest entry whose length two bytes can tell.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// Appends one entry to a bundle. A partial bundle grows by this alone.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), EntryTooLong> {
    let length = u16::try_from(entry.len()).map_err(|_| EntryTooLong { bytes: entry.len() })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The bundle of these entries.
pub fn encode_bundle<'a>(
    entries: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, EntryTooLong> {
    let mut bundle = Vec::new();
    for entry in entries {
        push_entry(&mut bundle, entry)?;
    }
    Ok(bundle)
}

/// The entries of a bundle, of which there must be exactly `width`.
pub fn decode_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BadBundle> {
    let mut entries = Vec::with_capacity(usize::from(width.min(TILE_WIDTH)));
    let mut rest = bytes;
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(BadBundle::Cut)?;
        if entries.len() == usize::from(width) {
            return Err(BadBundle::TooMany { width });
        }
        entries.push(entry);
        rest = after;
    }
    match rest {
        [] if entries.len() == usize::from(width) => Ok(entries),
        [] => Err(BadBundle::TooFew { width, found: entries.len() }),
        _ => Err(BadBundle::Cut),
    }
}

/// An entry that no bundle can hold.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry of {bytes} bytes is longer than the {ENTRY_BYTES_MAX} that fit a bundle")]
pub struct EntryTooLong {
    pub bytes: usize,
}

/// Bytes that are not the bundle asked for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBundle {
    #[error("the bundle ends in the middle of an entry")]
    Cut,
    #[error("the bundle holds more than {width} entries")]
    TooMany { width: u16 },
    #[error("the bundle holds {found} entries instead of {width}")]
    TooFew { width: u16, found: usize },
}
