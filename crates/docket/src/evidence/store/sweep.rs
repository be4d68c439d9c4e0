//! Removing what nobody came back to finish.

use super::{INCOMING, STAGED, Store, UPLOADS, unusable};
use crate::failure::Fault;
use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use object_store::{ObjectStore, ObjectStoreExt, path::Path as Place};
use std::{fs, io, path::Path};

/// How old it is then.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);
/// Or, if a job was to read it: longer than any job is tried again by itself.
const UNREAD: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Store {
    /// Removes what arrived halfway and was forgotten; says how many objects.
    /// Servers that share a store may do so at the same time.
    ///
    /// # Errors
    /// That the store is away.
    pub async fn sweep(&self, now: Timestamp) -> Result<usize, Fault> {
        let mut swept = 0;
        for (place, kept) in [(INCOMING, FORGOTTEN), (UPLOADS, FORGOTTEN), (STAGED, UNREAD)] {
            let old = now - kept;
            swept += match &self.folder {
                // By the file system, because files that are being written have
                // names that the object store does not list.
                Some(folder) => {
                    let folder = folder.join(place);
                    let files = tokio::task::spawn_blocking(move || sweep_folder(&folder, old));
                    files.await.map_err(|lost| Fault::Panic(lost.to_string()))??
                }
                None => self.sweep_objects(&Place::from(place), old).await?,
            };
        }
        Ok(swept)
    }

    async fn sweep_objects(&self, below: &Place, old: Timestamp) -> Result<usize, Fault> {
        let mut swept = 0;
        let mut all = self.objects.list(Some(below));
        while let Some(object) = all.next().await {
            let object = self.health.answered(object)?;
            if object.last_modified.timestamp() < old.as_second() {
                self.health.found(self.objects.delete(&object.location).await)?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}

/// Removes the files below a folder that are older than `old`, and the folders
/// that this leaves empty.
fn sweep_folder(folder: &Path, old: Timestamp) -> Result<usize, Fault> {
    let mut swept = 0;
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(unusable(folder, error)),
    };
    for entry in entries {
        let path = entry.map_err(|cause| unusable(folder, cause))?.path();
        // A file that has just gone was finished or swept by somebody else.
        let Ok(about) = fs::metadata(&path) else { continue };
        if about.is_dir() {
            swept += sweep_folder(&path, old)?;
            // It stays where it is not empty. One that has just been made is
            // made again by whoever writes into it.
            let _ = fs::remove_dir(&path);
            continue;
        }
        let written = about.modified().map_err(|cause| unusable(&path, cause))?;
        let written = Timestamp::try_from(written)
            .map_err(|cause| Fault::unreadable("a file", "time", cause))?;
        if written < old && fs::remove_file(&path).is_ok() {
            swept += 1;
        }
    }
    Ok(swept)
}
