//! Uploads in parts, for large photographs over poor connections.
//!
//! An upload is two files: the bytes so far, whose length is the offset at
//! which to go on, and a note of who began it. Both survive a restart. When
//! the upload is finished the bytes go to the store like any others, and only
//! the note stays for a while, so that finishing twice answers twice.

use super::{
    Held, Store,
    store::{ended_early, make, sweep_folder, too_large, unusable},
};
use crate::{
    db::new_id,
    failure::{Failure, Fault},
    identity::Caller,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use jiff::Timestamp;
use kernel::{
    canonical::Digest,
    id::{self, Id, Principal, Tenant},
    refusal::{Code, Refusal},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    io,
    path::PathBuf,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{fs, io::AsyncWriteExt};
use tokio_util::io::ReaderStream;

/// The folder of unfinished uploads.
#[derive(Clone)]
pub(super) struct Uploads {
    folder: PathBuf,
    /// Uploads that somebody is writing to right now.
    busy: Arc<Mutex<HashSet<Id<id::Upload>>>>,
}

/// Who began an upload, and what it became.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    tenant: Id<Tenant>,
    by: Id<Principal>,
    announced: Option<Digest>,
    held: Option<Held>,
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub upload: Id<id::Upload>,
    /// Where the next part begins.
    pub offset: u64,
}

impl Uploads {
    pub(super) fn open(folder: PathBuf) -> Result<Self, Fault> {
        make(&folder)?;
        Ok(Self { folder, busy: Arc::default() })
    }

    pub(super) async fn sweep(&self, old: Timestamp) -> Result<usize, Fault> {
        let folder = self.folder.clone();
        let swept = tokio::task::spawn_blocking(move || sweep_folder(&folder, old));
        swept.await.map_err(|lost| Fault::Panic(lost.to_string()))?
    }

    fn note(&self, upload: Id<id::Upload>) -> PathBuf {
        self.folder.join(format!("{upload}.json"))
    }

    fn part(&self, upload: Id<id::Upload>) -> PathBuf {
        self.folder.join(format!("{upload}.part"))
    }

    /// The note of an upload that the caller began.
    async fn of(&self, caller: &Caller, upload: Id<id::Upload>) -> Result<Note, Failure> {
        let none = || Refusal::new(Code::RecordNotFound, format!("there is no upload `{upload}`"));
        let path = self.note(upload);
        let text = match fs::read(&path).await {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(none().into()),
            Err(error) => return Err(unusable(&path, error).into()),
        };
        let note: Note = serde_json::from_slice(&text)?;
        let theirs = note.tenant == caller.tenant && note.by == caller.subject();
        if theirs { Ok(note) } else { Err(none().into()) }
    }

    async fn write_note(&self, upload: Id<id::Upload>, note: &Note) -> Result<(), Failure> {
        // Under another name first, so that nobody ever reads half of it.
        let (path, fresh) = (self.note(upload), self.folder.join(format!("{upload}.fresh")));
        fs::write(&fresh, serde_json::to_vec(note)?).await.map_err(|c| unusable(&fresh, c))?;
        fs::rename(&fresh, &path).await.map_err(|cause| unusable(&path, cause))?;
        Ok(())
    }

    async fn offset(&self, upload: Id<id::Upload>) -> Result<u64, Fault> {
        let path = self.part(upload);
        let about = fs::metadata(&path).await.map_err(|cause| unusable(&path, cause))?;
        Ok(about.len())
    }

    /// Lets one writer at a time at an upload.
    fn claim(&self, upload: Id<id::Upload>) -> Option<Claimed> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.insert(upload).then(|| Claimed { uploads: self.clone(), upload })
    }
}

struct Claimed {
    uploads: Uploads,
    upload: Id<id::Upload>,
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let mut busy = self.uploads.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.remove(&self.upload);
    }
}

impl Store {
    /// Begins an upload in parts.
    pub(crate) async fn begin(
        &self,
        caller: &Caller,
        announced: Option<Digest>,
        now: Timestamp,
    ) -> Result<Progress, Failure> {
        let upload = new_id(now, &*self.chance);
        let note = Note { tenant: caller.tenant, by: caller.subject(), announced, held: None };
        let part = self.uploads.part(upload);
        fs::write(&part, b"").await.map_err(|cause| unusable(&part, cause))?;
        self.uploads.write_note(upload, &note).await?;
        Ok(Progress { upload, offset: 0 })
    }

    /// How far an upload is.
    pub(crate) async fn progress(
        &self,
        caller: &Caller,
        upload: Id<id::Upload>,
    ) -> Result<Progress, Failure> {
        let note = self.uploads.of(caller, upload).await?;
        let offset = match &note.held {
            Some(held) => u64::try_from(held.size).unwrap_or(0),
            None => self.uploads.offset(upload).await?,
        };
        Ok(Progress { upload, offset })
    }

    /// Adds a part. What arrived of it before a connection broke is kept.
    pub(crate) async fn append(
        &self,
        caller: &Caller,
        upload: Id<id::Upload>,
        offset: u64,
        bytes: impl Stream<Item = io::Result<Bytes>>,
    ) -> Result<Progress, Failure> {
        let note = self.uploads.of(caller, upload).await?;
        let claimed = self.uploads.claim(upload);
        let at = match &note.held {
            Some(held) => u64::try_from(held.size).unwrap_or(0),
            None => self.uploads.offset(upload).await?,
        };
        if note.held.is_some() || claimed.is_none() || at != offset {
            return Err(elsewhere(at).into());
        }
        let path = self.uploads.part(upload);
        let opened = fs::OpenOptions::new().append(true).open(&path).await;
        let mut file = opened.map_err(|cause| unusable(&path, cause))?;
        let wrote = write_part(&mut file, at, self.limit(), bytes).await;
        // On disk before anybody is told how far it is, broken off or not.
        file.sync_all().await.map_err(|cause| unusable(&path, cause))?;
        wrote?;
        Ok(Progress { upload, offset: self.uploads.offset(upload).await? })
    }

    /// Puts a finished upload where all evidence is.
    pub(crate) async fn finish(
        &self,
        caller: &Caller,
        upload: Id<id::Upload>,
    ) -> Result<Held, Failure> {
        let mut note = self.uploads.of(caller, upload).await?;
        if let Some(held) = note.held {
            return Ok(held);
        }
        let Some(_claimed) = self.uploads.claim(upload) else {
            return Err(elsewhere(self.uploads.offset(upload).await?).into());
        };
        let path = self.uploads.part(upload);
        let file = fs::File::open(&path).await.map_err(|cause| unusable(&path, cause))?;
        let held = self.receive(caller.tenant, ReaderStream::new(file), note.announced).await?;
        note.held = Some(held.clone());
        self.uploads.write_note(upload, &note).await?;
        fs::remove_file(&path).await.map_err(|cause| unusable(&path, cause))?;
        Ok(held)
    }
}

async fn write_part(
    file: &mut fs::File,
    offset: u64,
    limit: u64,
    bytes: impl Stream<Item = io::Result<Bytes>>,
) -> Result<(), Failure> {
    let (mut bytes, mut size) = (pin!(bytes), offset);
    while let Some(part) = bytes.next().await {
        let part = part.map_err(|_| ended_early())?;
        size = size.saturating_add(part.len() as u64);
        if size > limit {
            return Err(too_large(limit).into());
        }
        let wrote = file.write_all(&part).await;
        wrote.map_err(|cause| Fault::File { path: "an upload".to_owned(), cause })?;
    }
    Ok(())
}

fn elsewhere(offset: u64) -> Box<Refusal> {
    let detail = format!("the upload goes on at byte {offset}, and one part at a time");
    Refusal::new(Code::UploadOffset, detail).fact("offset", offset)
}
