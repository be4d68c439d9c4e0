//! Where the bytes are: a folder, or a bucket that speaks S3.
//!
//! Nothing here runs inside a transaction. An object's name is its digest
//! below its tenant, so the same photograph is kept once and cannot be
//! replaced by another. Bytes arrive under a name that nobody knows and get
//! their own when they are complete and on disk.

use super::sniff::{self, Readable};
use crate::{
    chance::Chance,
    failure::{Failure, Fault},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream::BoxStream};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    canonical::Digest,
    id::{Id, Tenant},
    refusal::{Code, Refusal},
};
use object_store::{
    GetOptions, GetRange, GetResultPayload, ObjectStore, ObjectStoreExt, WriteMultipart,
    aws::AmazonS3Builder, local::LocalFileSystem, path::Path as Place,
};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    io::{self, Read as _},
    ops::Range,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
};

/// The most that one piece of evidence may have, unless configured otherwise.
pub const LIMIT: u64 = 25 * 1024 * 1024;

/// Bytes that nobody came back to finish are removed when they are this old.
pub(super) const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);

/// Objects that are still arriving. No tenant's id reads like this.
const INCOMING: &str = "incoming";

/// The bytes of a Docket: a handle that is cheap to clone.
#[derive(Clone)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    /// The folder, where the objects are in one.
    folder: Option<PathBuf>,
    pub(super) chance: Arc<dyn Chance>,
    pub(super) uploads: super::upload::Uploads,
    limit: u64,
}

/// A bucket that speaks S3. What is not said here comes from the `AWS_…`
/// variables of the environment.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub name: String,
    pub endpoint: Option<String>,
    pub region: Option<String>,
    /// The access key and its secret.
    pub keys: Option<(SecretString, SecretString)>,
}

/// Bytes that are stored, and what we found them to be. Only the store makes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    pub digest: Digest,
    pub size: i64,
    pub media_type: String,
}

impl Store {
    /// Keeps bytes in `evidence` below the data folder, and unfinished uploads
    /// in `uploads` beside it.
    ///
    /// # Errors
    /// If the folders cannot be made.
    pub fn folder(data: &Path, chance: Arc<dyn Chance>) -> Result<Self, Fault> {
        Self::folder_at(data.join("evidence"), data, chance)
    }

    /// Keeps bytes in a folder of their own, and unfinished uploads in
    /// `uploads` below the data folder.
    ///
    /// # Errors
    /// If the folders cannot be made.
    pub fn folder_at(folder: PathBuf, data: &Path, chance: Arc<dyn Chance>) -> Result<Self, Fault> {
        make(&folder)?;
        // A row that says bytes are held must not outlive a power cut alone.
        let objects = LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true);
        Self::with(Arc::new(objects), Some(folder), data, chance)
    }

    /// Keeps bytes in a bucket, and unfinished uploads in `uploads` below the
    /// data folder. Parts of objects that never became whole are for a
    /// lifecycle rule of the bucket to remove.
    ///
    /// # Errors
    /// If what is said, there and in the environment, is too little.
    pub fn bucket(bucket: &Bucket, data: &Path, chance: Arc<dyn Chance>) -> Result<Self, Fault> {
        // Which cryptography TLS is made of is said once in a process.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut objects = AmazonS3Builder::from_env().with_bucket_name(&bucket.name);
        if let Some(endpoint) = &bucket.endpoint {
            // Whoever names an endpoint without TLS means it: one beside us.
            let plain = endpoint.starts_with("http://");
            objects = objects.with_endpoint(endpoint).with_allow_http(plain);
        }
        if let Some(region) = &bucket.region {
            objects = objects.with_region(region);
        }
        if let Some((access, secret)) = &bucket.keys {
            objects = objects
                .with_access_key_id(access.expose_secret())
                .with_secret_access_key(secret.expose_secret());
        }
        Self::with(Arc::new(objects.build()?), None, data, chance)
    }

    fn with(
        objects: Arc<dyn ObjectStore>,
        folder: Option<PathBuf>,
        data: &Path,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, Fault> {
        let uploads = super::upload::Uploads::open(data.join("uploads"))?;
        Ok(Self { objects, folder, chance, uploads, limit: LIMIT })
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

    /// Stores bytes as they arrive and says what they are.
    ///
    /// # Errors
    /// `evidence.too_large` as soon as they are, `evidence.media_type`,
    /// `evidence.digest_mismatch` if they are not what was announced,
    /// `request.malformed` if they stop arriving; or a fault of the storage.
    pub async fn receive(
        &self,
        tenant: Id<Tenant>,
        bytes: impl Stream<Item = io::Result<Bytes>>,
        announced: Option<Digest>,
    ) -> Result<Held, Failure> {
        let arriving = Place::from(format!("{INCOMING}/{:032x}", self.chance.bits()));
        let upload = self.objects.put_multipart(&arriving).await.map_err(Fault::Store)?;
        let mut writer = WriteMultipart::new(upload);
        let held = match take_in(&mut writer, bytes, self.limit, announced).await {
            Ok(held) => held,
            Err(failure) => {
                // Whatever this leaves behind is swept away with what is forgotten.
                let _ = writer.abort().await;
                return Err(failure);
            }
        };
        writer.finish().await.map_err(Fault::Store)?;
        // Bytes that are there already are written again: if the old ones were
        // damaged, they no longer are.
        let place = place(tenant, held.digest);
        self.objects.rename(&arriving, &place).await.map_err(Fault::Store)?;
        Ok(held)
    }

    /// The bytes, or a part of them, as they are now.
    ///
    /// # Errors
    /// `evidence.not_held` if they are gone; or a fault of the storage.
    pub async fn read(
        &self,
        tenant: Id<Tenant>,
        digest: Digest,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, Failure> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        match self.objects.get_opts(&place(tenant, digest), options).await {
            Ok(found) => Ok(found.into_stream().map(|part| part.map_err(io::Error::other)).boxed()),
            Err(object_store::Error::NotFound { .. }) => {
                let detail = "the bytes are no longer where they were stored";
                Err(Refusal::new(Code::EvidenceUnheld, detail).into())
            }
            Err(error) => Err(Fault::Store(error).into()),
        }
    }

    /// Reads the bytes again and says whether they still have their digest.
    ///
    /// # Errors
    /// A fault of the storage. Bytes that are gone are an answer, not a fault.
    pub async fn still_holds(&self, tenant: Id<Tenant>, digest: Digest) -> Result<bool, Fault> {
        let found = match self.objects.get(&place(tenant, digest)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(Fault::Store(error)),
        };
        match found.payload {
            GetResultPayload::File(file, path) => {
                let read = tokio::task::spawn_blocking(move || digest_of(file));
                let read = read.await.map_err(|lost| Fault::Panic(lost.to_string()))?;
                Ok(read.map_err(|cause| unusable(&path, cause))? == digest)
            }
            GetResultPayload::Stream(mut parts) => {
                let mut hasher = Sha256::new();
                while let Some(part) = parts.next().await {
                    hasher.update(&part?);
                }
                Ok(Digest(hasher.finalize().into()) == digest)
            }
        }
    }

    /// Removes what arrived halfway and was forgotten; says how many files.
    ///
    /// # Errors
    /// A fault of the storage.
    pub async fn sweep(&self, now: Timestamp) -> Result<usize, Fault> {
        let old = now - FORGOTTEN;
        let swept = self.uploads.sweep(old).await?;
        if let Some(folder) = &self.folder {
            // By the file system, because files that are being written have
            // names that the object store does not list.
            let incoming = folder.join(INCOMING);
            let files = tokio::task::spawn_blocking(move || sweep_folder(&incoming, old));
            return Ok(swept + files.await.map_err(|lost| Fault::Panic(lost.to_string()))??);
        }
        let mut swept = swept;
        let mut all = self.objects.list(Some(&Place::from(INCOMING)));
        while let Some(object) = all.next().await.transpose()? {
            if object.last_modified.timestamp() < old.as_second() {
                self.objects.delete(&object.location).await?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    /// A store whose objects are not files.
    #[cfg(test)]
    pub(crate) fn of_objects(objects: Arc<dyn ObjectStore>, data: &Path) -> Self {
        let chance = Arc::new(crate::chance::Counting::default());
        Self::with(objects, None, data, chance).unwrap()
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

/// Hands bytes on to storage while counting, hashing and looking at them.
async fn take_in(
    writer: &mut WriteMultipart,
    bytes: impl Stream<Item = io::Result<Bytes>>,
    limit: u64,
    announced: Option<Digest>,
) -> Result<Held, Failure> {
    let mut bytes = pin!(bytes);
    let (mut hasher, mut readable) = (Sha256::new(), Readable::default());
    let (mut head, mut size) = (Vec::new(), 0_u64);
    while let Some(part) = bytes.next().await {
        let part = part.map_err(|_| ended_early())?;
        size = size.saturating_add(part.len() as u64);
        if size > limit {
            return Err(too_large(limit).into());
        }
        hasher.update(&part);
        readable.see(&part);
        let room = sniff::HEAD.saturating_sub(head.len());
        head.extend(part.iter().take(room));
        writer.wait_for_capacity(2).await.map_err(Fault::Store)?;
        writer.put(part);
    }
    let digest = Digest(hasher.finalize().into());
    if announced.is_some_and(|announced| announced != digest) {
        let detail = format!("the bytes received have the digest `{digest}`");
        return Err(Refusal::new(Code::EvidenceDigest, detail).into());
    }
    let media_type = sniff::media_type(&head, readable.is_text()).filter(|_| size > 0);
    let Some(media_type) = media_type else {
        let detail = "these bytes are nothing that may be evidence";
        return Err(Refusal::new(Code::EvidenceMedia, detail).into());
    };
    let size = i64::try_from(size).map_err(|_| too_large(limit))?;
    Ok(Held { digest, size, media_type: media_type.to_owned() })
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

pub(crate) fn too_large(limit: u64) -> Box<Refusal> {
    let detail = format!("a piece of evidence has at most {limit} bytes");
    Refusal::new(Code::EvidenceTooLarge, detail).fact("limit", limit)
}

pub(super) fn ended_early() -> Box<Refusal> {
    Refusal::new(Code::RequestMalformed, "the bytes stopped before their end")
}

pub(super) fn make(folder: &Path) -> Result<(), Fault> {
    fs::create_dir_all(folder).map_err(|cause| unusable(folder, cause))
}

pub(super) fn unusable(path: &Path, cause: io::Error) -> Fault {
    Fault::File { path: path.display().to_string(), cause }
}

/// Removes the files of a folder that are older than `old`.
pub(super) fn sweep_folder(folder: &Path, old: Timestamp) -> Result<usize, Fault> {
    let mut swept = 0;
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(unusable(folder, error)),
    };
    for entry in entries {
        let path = entry.map_err(|cause| unusable(folder, cause))?.path();
        // A file that has just gone was finished or swept by somebody else.
        let Ok(written) = fs::metadata(&path).and_then(|about| about.modified()) else { continue };
        let written = Timestamp::try_from(written)
            .map_err(|cause| Fault::unreadable("a file", "time", cause))?;
        if written < old && fs::remove_file(&path).is_ok() {
            swept += 1;
        }
    }
    Ok(swept)
}
