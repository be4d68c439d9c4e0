//! Where the bytes are: a folder, or a bucket that speaks S3.
//!
//! Nothing here runs inside a transaction. An object's name is its digest
//! below its tenant, so the same photograph is kept once and cannot be
//! replaced by another. What is not complete yet has another name, so that
//! whatever has a digest for a name is whole and on disk.
//!
//! Any number of servers may share a store. None keeps anything of it to itself.

mod arriving;
mod bucket;
mod health;
mod staging;
mod sweep;

pub(super) use arriving::ended_early;
pub(crate) use arriving::too_large;
pub use bucket::Bucket;

use crate::{
    chance::Chance,
    failure::{Failure, Fault},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream, stream::BoxStream};
use health::Health;
use kernel::{
    canonical::Digest,
    id::{Id, Tenant},
    refusal::{Code, Refusal},
};
use object_store::{
    GetOptions, GetRange, GetResultPayload, ObjectStore, ObjectStoreExt, local::LocalFileSystem,
    path::Path as Place,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    io::{self, Read as _},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The most that one piece of evidence may have, unless configured otherwise.
pub const LIMIT: u64 = 25 * 1024 * 1024;

/// Objects that are still arriving. No tenant's id reads like this.
const INCOMING: &str = "incoming";
/// Uploads in parts that are not finished. Nor like this.
pub(super) const UPLOADS: &str = "uploads";

/// Files that a job is to read. Nor like this.
const STAGED: &str = "imports";

/// The bytes of a Docket: a handle that is cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) objects: Arc<dyn ObjectStore>,
    /// The folder, where the objects are in one.
    folder: Option<PathBuf>,
    pub(super) health: Health,
    pub(super) chance: Arc<dyn Chance>,
    limit: u64,
}

/// Bytes that are stored, and what we found them to be. Only the store makes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    pub digest: Digest,
    pub size: i64,
    pub media_type: String,
}

impl Store {
    /// Keeps bytes in a folder. Servers may share one that all of them mount.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn folder(folder: PathBuf, chance: Arc<dyn Chance>) -> Result<Self, Fault> {
        fs::create_dir_all(&folder).map_err(|cause| unusable(&folder, cause))?;
        let objects = LocalFileSystem::new_with_prefix(&folder);
        let objects = objects.map_err(|error| Fault::Unfit(error.to_string()))?;
        // A row that says bytes are held must not outlive a power cut alone.
        let objects = objects.with_fsync(true).with_automatic_cleanup(true);
        Ok(Self::with(Arc::new(objects), Some(folder), chance))
    }

    fn with(
        objects: Arc<dyn ObjectStore>,
        folder: Option<PathBuf>,
        chance: Arc<dyn Chance>,
    ) -> Self {
        Self { objects, folder, health: Health::default(), chance, limit: LIMIT }
    }

    /// The same store with another limit on one piece of evidence.
    #[must_use]
    pub fn limited_to(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// The bytes, or a part of them. Whole, they end with an error instead of
    /// their last part if they no longer have their digest.
    ///
    /// # Errors
    /// `evidence.not_held` if they are gone; or that the store is away.
    pub async fn read(
        &self,
        tenant: Id<Tenant>,
        digest: Digest,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, Failure> {
        let whole = range.is_none();
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.objects.get_opts(&place(tenant, digest), options).await;
        let Some(found) = self.health.found(found)? else {
            let detail = "the bytes are no longer where they were stored";
            return Err(Refusal::new(Code::EvidenceUnheld, detail).into());
        };
        let parts = found.into_stream().map(|part| part.map_err(io::Error::other));
        Ok(if whole { unaltered(parts.boxed(), digest).boxed() } else { parts.boxed() })
    }

    /// Reads the bytes again and says whether they still have their digest.
    ///
    /// # Errors
    /// That the store is away. Bytes that are gone are an answer.
    pub async fn still_holds(&self, tenant: Id<Tenant>, digest: Digest) -> Result<bool, Fault> {
        let found = self.objects.get(&place(tenant, digest)).await;
        let Some(found) = self.health.found(found)? else { return Ok(false) };
        match found.payload {
            GetResultPayload::File(file, path) => {
                let read = tokio::task::spawn_blocking(move || digest_of(file));
                let read = read.await.map_err(|lost| Fault::Panic(lost.to_string()))?;
                Ok(read.map_err(|cause| unusable(&path, cause))? == digest)
            }
            GetResultPayload::Stream(mut parts) => {
                let mut hasher = Sha256::new();
                while let Some(part) = parts.next().await {
                    hasher.update(&self.health.answered(part)?);
                }
                Ok(Digest(hasher.finalize().into()) == digest)
            }
        }
    }

    /// A store whose objects are not files.
    #[cfg(test)]
    pub(crate) fn of_objects(objects: Arc<dyn ObjectStore>) -> Self {
        Self::with(objects, None, Arc::new(crate::chance::Counting::default()))
    }

    /// Where the bytes are in the folder, for tests that damage them.
    #[cfg(test)]
    pub(crate) fn file(&self, tenant: Id<Tenant>, digest: Digest) -> PathBuf {
        self.folder.as_ref().unwrap().join(place(tenant, digest).as_ref())
    }
}

fn place(tenant: Id<Tenant>, digest: Digest) -> Place {
    let name = digest.to_string();
    Place::from(format!("{tenant}/{}/{name}", &name[..2]))
}

/// Holds the last part back until all of them are known to have the digest.
fn unaltered(
    parts: BoxStream<'static, io::Result<Bytes>>,
    digest: Digest,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let began = Some((parts, Sha256::new(), Bytes::new()));
    stream::unfold(began, move |reading| async move {
        let (mut parts, mut hasher, before) = reading?;
        match parts.next().await {
            Some(Ok(part)) => {
                hasher.update(&part);
                Some((Ok(before), Some((parts, hasher, part))))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None if Digest(hasher.finalize().into()) == digest => Some((Ok(before), None)),
            None => {
                tracing::error!(%digest, "evidence was asked for that is not what it was");
                Some((Err(io::ErrorKind::InvalidData.into()), None))
            }
        }
    })
}

fn digest_of(mut file: fs::File) -> io::Result<Digest> {
    let (mut hasher, mut part) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut part)? {
            0 => return Ok(Digest(hasher.finalize().into())),
            read => hasher.update(&part[..read]),
        }
    }
}

fn unusable(path: &Path, cause: io::Error) -> Fault {
    Fault::File { path: path.display().to_string(), cause }
}
