//! Bytes on their way in.

use super::{Held, INCOMING, Store, place};
use crate::{
    evidence::sniff::{self, Readable},
    failure::{Failure, Fault},
    identity::proof::Altered,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use kernel::{
    canonical::Digest,
    id::{Id, Tenant},
    refusal::{Code, Refusal},
};
use object_store::{ObjectStoreExt, PutPayload, WriteMultipart, path::Path as Place};
use sha2::{Digest as _, Sha256};
use std::{io, pin::pin};

/// What is not larger is written at once under its own name. S3 wants the parts
/// of what is larger to be at least this large.
const AT_ONCE: usize = 5 << 20;

impl Store {
    /// Stores bytes as they arrive and says what they are.
    ///
    /// # Errors
    /// `evidence.too_large` as soon as they are, `evidence.media_type`,
    /// `evidence.digest_mismatch` if they are not what was announced,
    /// `request.malformed` if they stop arriving; or that the store is away.
    pub async fn receive(
        &self,
        tenant: Id<Tenant>,
        bytes: impl Stream<Item = io::Result<Bytes>>,
        announced: Option<Digest>,
    ) -> Result<Held, Failure> {
        let bytes = bytes.map(|part| part.map_err(|error| broken(&error).into()));
        self.take_in(tenant, bytes, announced).await
    }

    /// The same, where bytes may fail to come for another reason.
    pub(in crate::evidence) async fn take_in(
        &self,
        tenant: Id<Tenant>,
        bytes: impl Stream<Item = Result<Bytes, Failure>>,
        announced: Option<Digest>,
    ) -> Result<Held, Failure> {
        let mut arriving = Arriving { store: self, few: Vec::new(), size: 0, many: None };
        match look_at(&mut arriving, bytes, announced).await {
            Ok(held) => {
                arriving.keep(&place(tenant, held.digest)).await?;
                Ok(held)
            }
            Err(failure) => {
                arriving.forget().await;
                Err(failure)
            }
        }
    }
}

/// Bytes that have no name yet, because their digest is not known before the end.
struct Arriving<'a> {
    store: &'a Store,
    few: Vec<Bytes>,
    size: u64,
    /// Under a name that nobody knows, from when they are many.
    many: Option<(Place, WriteMultipart)>,
}

impl Arriving<'_> {
    async fn add(&mut self, bytes: Bytes) -> Result<(), Fault> {
        self.size = self.size.saturating_add(bytes.len() as u64);
        if let Some((_, writer)) = &mut self.many {
            self.store.health.answered(writer.wait_for_capacity(2).await)?;
            writer.put(bytes);
            return Ok(());
        }
        self.few.push(bytes);
        if self.size > AT_ONCE as u64 {
            let name = Place::from(format!("{INCOMING}/{:032x}", self.store.chance.bits()));
            let begun = self.store.objects.put_multipart(&name).await;
            let begun = self.store.health.answered(begun)?;
            let mut writer = WriteMultipart::new_with_chunk_size(begun, AT_ONCE);
            self.few.drain(..).for_each(|bytes| writer.put(bytes));
            self.many = Some((name, writer));
        }
        Ok(())
    }

    /// Gives the bytes their name. Those that are there already are written
    /// again: if the old ones were damaged, they no longer are.
    async fn keep(self, place: &Place) -> Result<(), Fault> {
        let Store { objects, health, .. } = self.store;
        let Some((name, writer)) = self.many else {
            let bytes = PutPayload::from_iter(self.few);
            return health.answered(objects.put(place, bytes).await).map(drop);
        };
        health.answered(writer.finish().await)?;
        health.answered(objects.rename(&name, place).await)
    }

    /// Whatever this leaves behind is swept away with what is forgotten.
    async fn forget(self) {
        if let Some((_, writer)) = self.many {
            let _ = writer.abort().await;
        }
    }
}

/// Hands bytes on while counting, hashing and looking at them.
async fn look_at(
    arriving: &mut Arriving<'_>,
    bytes: impl Stream<Item = Result<Bytes, Failure>>,
    announced: Option<Digest>,
) -> Result<Held, Failure> {
    let mut bytes = pin!(bytes);
    let (mut hasher, mut readable, mut head) = (Sha256::new(), Readable::default(), Vec::new());
    let limit = arriving.store.limit;
    while let Some(part) = bytes.next().await {
        let part = part?;
        if arriving.size.saturating_add(part.len() as u64) > limit {
            return Err(too_large(limit).into());
        }
        hasher.update(&part);
        readable.see(&part);
        let room = sniff::HEAD.saturating_sub(head.len());
        head.extend(part.iter().take(room));
        arriving.add(part).await?;
    }
    let digest = Digest(hasher.finalize().into());
    if announced.is_some_and(|announced| announced != digest) {
        let detail = format!("the bytes received have the digest `{digest}`");
        return Err(Refusal::new(Code::EvidenceDigest, detail).into());
    }
    let media_type = sniff::media_type(&head, readable.is_text()).filter(|_| arriving.size > 0);
    let Some(media_type) = media_type else {
        let detail = "these bytes are nothing that may be evidence";
        return Err(Refusal::new(Code::EvidenceMedia, detail).into());
    };
    let size = i64::try_from(arriving.size).map_err(|_| too_large(limit))?;
    Ok(Held { digest, size, media_type: media_type.to_owned() })
}

pub(crate) fn too_large(limit: u64) -> Box<Refusal> {
    let detail = format!("a piece of evidence has at most {limit} bytes");
    Refusal::new(Code::EvidenceTooLarge, detail).fact("limit", limit)
}

/// Why bytes stopped coming.
fn broken(error: &io::Error) -> Box<Refusal> {
    Altered::refusal_of(error).unwrap_or_else(ended_early)
}

pub(in crate::evidence) fn ended_early() -> Box<Refusal> {
    Refusal::new(Code::RequestMalformed, "the bytes stopped before their end")
}
