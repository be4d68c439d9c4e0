//! Uploads in parts, for large photographs over poor connections.
//!
//! An upload is a few objects in the store, and nothing anywhere else, so that
//! any server that shares the store can go on where another one stopped:
//!
//! ```text
//!   uploads/<upload>/note                  who began it, and what it became
//!   uploads/<upload>/00000000000000000000  the bytes so far, in pieces named
//!   uploads/<upload>/00000000000001048576  by where they begin
//! ```
//!
//! A piece is written once, and only where none is. So two who go on at the same
//! byte cannot both, on whichever servers they are. When the upload is
//! finished its bytes go where all evidence is, and only the note stays for a
//! while, so that finishing twice answers twice.

use super::{
    Held, Store,
    store::{UPLOADS, ended_early, too_large},
};
use crate::{
    db::new_id,
    failure::{Failure, Fault},
    identity::Caller,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream, stream::BoxStream};
use jiff::Timestamp;
use kernel::{
    canonical::Digest,
    id::{self, Id, Principal, Tenant},
    refusal::{Code, Refusal},
};
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload, path::Path as Place};
use serde::{Deserialize, Serialize};
use std::{io, pin::pin};

/// How many bytes are kept at a time. At most so many are lost, and sent again,
/// when a server ends while they come in.
const PIECE: u64 = 1 << 20;

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
        self.write_note(upload, &note).await?;
        Ok(Progress { upload, offset: 0 })
    }

    /// How far an upload is.
    pub(crate) async fn progress(
        &self,
        caller: &Caller,
        upload: Id<id::Upload>,
    ) -> Result<Progress, Failure> {
        let note = self.note(caller, upload).await?;
        Ok(Progress { upload, offset: self.offset(upload, &note).await? })
    }

    /// Adds a part. What arrived of it before a connection broke is kept.
    pub(crate) async fn append(
        &self,
        caller: &Caller,
        upload: Id<id::Upload>,
        offset: u64,
        bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Progress, Failure> {
        let note = self.note(caller, upload).await?;
        let at = self.offset(upload, &note).await?;
        if note.held.is_some() || at != offset {
            return Err(elsewhere(at).into());
        }
        let store = self.clone();
        let adding = Adding { store, upload, at, parts: Vec::new(), size: 0 };
        // By itself: when a connection breaks, whoever answers it is dropped.
        let added = tokio::spawn(adding.all(bytes)).await;
        added.map_err(|lost| Fault::Panic(lost.to_string()))?
    }

    /// Puts a finished upload where all evidence is.
    pub(crate) async fn finish(
        &self,
        caller: &Caller,
        upload: Id<id::Upload>,
    ) -> Result<Held, Failure> {
        let mut note = self.note(caller, upload).await?;
        if let Some(held) = note.held {
            return Ok(held);
        }
        let pieces = self.pieces(upload).await?;
        let bytes = self.joined(pieces.iter().map(|piece| piece.place.clone()).collect());
        let held = match self.take_in(caller.tenant, bytes, note.announced).await {
            Ok(held) => held,
            // Whoever finished it meanwhile has taken the pieces away.
            Err(failure) => return self.note(caller, upload).await?.held.ok_or(failure),
        };
        note.held = Some(held.clone());
        self.write_note(upload, &note).await?;
        // The first of them first: whoever sees only some of them does not find
        // that one, and so never takes a part for the whole.
        for piece in &pieces {
            // What stays is swept away with what is forgotten.
            let _ = self.objects.delete(&piece.place).await;
        }
        Ok(held)
    }

    /// The note of an upload that the caller began.
    async fn note(&self, caller: &Caller, upload: Id<id::Upload>) -> Result<Note, Failure> {
        let none = || Refusal::new(Code::RecordNotFound, format!("there is no upload `{upload}`"));
        let found = self.health.found(self.objects.get(&note_of(upload)).await)?;
        let text = self.health.answered(found.ok_or_else(none)?.bytes().await)?;
        let note: Note = serde_json::from_slice(&text)?;
        let theirs = note.tenant == caller.tenant && note.by == caller.subject();
        if theirs { Ok(note) } else { Err(none().into()) }
    }

    async fn write_note(&self, upload: Id<id::Upload>, note: &Note) -> Result<(), Failure> {
        let text = PutPayload::from(serde_json::to_vec(note)?);
        self.health.answered(self.objects.put(&note_of(upload), text).await)?;
        Ok(())
    }

    async fn offset(&self, upload: Id<id::Upload>, note: &Note) -> Result<u64, Fault> {
        match &note.held {
            Some(held) => Ok(u64::try_from(held.size).unwrap_or(0)),
            None => Ok(self.pieces(upload).await?.last().map_or(0, |last| last.end)),
        }
    }

    /// The pieces of an upload that follow upon each other from the first byte on.
    async fn pieces(&self, upload: Id<id::Upload>) -> Result<Vec<Piece>, Fault> {
        let all = self.objects.list(Some(&folder_of(upload))).try_collect::<Vec<_>>().await;
        let mut all: Vec<_> = self.health.answered(all)?;
        all.sort_unstable_by(|one, other| one.location.cmp(&other.location));
        let (mut pieces, mut end) = (Vec::new(), 0);
        for object in all {
            if object.location == piece_of(upload, end) && object.size > 0 {
                end = end.saturating_add(object.size);
                pieces.push(Piece { place: object.location, end });
            }
        }
        Ok(pieces)
    }

    /// The bytes of pieces, one after the other.
    fn joined(&self, pieces: Vec<Place>) -> BoxStream<'static, Result<Bytes, Failure>> {
        let store = self.clone();
        let read = move |place: Place| {
            let store = store.clone();
            async move {
                let found = store.health.answered(store.objects.get(&place).await)?;
                let parts = found.into_stream();
                Ok::<_, Failure>(parts.map(move |part| Ok(store.health.answered(part)?)))
            }
        };
        stream::iter(pieces).then(read).try_flatten().boxed()
    }
}

/// Bytes of an upload that are in the store.
struct Piece {
    place: Place,
    /// Where the next one begins.
    end: u64,
}

/// Bytes of an upload on their way there.
struct Adding {
    store: Store,
    upload: Id<id::Upload>,
    /// Where they begin.
    at: u64,
    parts: Vec<Bytes>,
    size: u64,
}

impl Adding {
    async fn all(
        mut self,
        bytes: impl Stream<Item = io::Result<Bytes>>,
    ) -> Result<Progress, Failure> {
        let mut bytes = pin!(bytes);
        let broke_off = loop {
            match bytes.next().await {
                Some(Ok(part)) => self.add(part).await?,
                Some(Err(_)) => break true,
                None => break false,
            }
        };
        self.write().await?;
        let progress = Progress { upload: self.upload, offset: self.at };
        if broke_off { Err(ended_early().into()) } else { Ok(progress) }
    }

    async fn add(&mut self, part: Bytes) -> Result<(), Failure> {
        self.size = self.size.saturating_add(part.len() as u64);
        if self.at.saturating_add(self.size) > self.store.limit() {
            return Err(too_large(self.store.limit()).into());
        }
        self.parts.push(part);
        if self.size >= PIECE { self.write().await } else { Ok(()) }
    }

    /// Writes what has come in as a piece, unless somebody else went on here.
    async fn write(&mut self) -> Result<(), Failure> {
        if self.size == 0 {
            return Ok(());
        }
        let (objects, place) = (&self.store.objects, piece_of(self.upload, self.at));
        let bytes = PutPayload::from_iter(self.parts.drain(..));
        let wrote = objects.put_opts(&place, bytes, PutMode::Create.into()).await;
        if !self.store.health.made(wrote)? {
            let end = self.store.pieces(self.upload).await?.last().map_or(0, |last| last.end);
            return Err(elsewhere(end).into());
        }
        self.at = self.at.saturating_add(std::mem::take(&mut self.size));
        Ok(())
    }
}

fn folder_of(upload: Id<id::Upload>) -> Place {
    Place::from(format!("{UPLOADS}/{upload}"))
}

fn note_of(upload: Id<id::Upload>) -> Place {
    folder_of(upload).join("note")
}

/// With as many digits as any offset has, so that names sort as offsets do.
fn piece_of(upload: Id<id::Upload>, begins: u64) -> Place {
    folder_of(upload).join(format!("{begins:020}"))
}

fn elsewhere(offset: u64) -> Box<Refusal> {
    let detail = format!("the upload goes on at byte {offset}, and one part at a time");
    Refusal::new(Code::UploadOffset, detail).fact("offset", offset)
}
