//! The keys that sign access tokens, and those that sign policy tokens: one active, and those it took over from.
//!
//! ```text
//!            rotate               15 minutes and the skew later
//!   active ─────────▶ retired ───────────────────────────────▶ forgotten
//! ```
//!
//! What must stay true:
//!
//! * A retired key verifies until the last token it signed has expired, and
//!   signs nothing, because its private half is gone.
//! * Whoever only verifies never opens a private key.

use super::{BASE64, make, make_folder, read, thumbprint, unusable, write_over};
use crate::{
    failure::Fault,
    identity::{LIFE_MAX, SKEW},
};
use base64::Engine;
use ed25519_dalek::{SigningKey, VerifyingKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// The folder of the token keys.
#[derive(Clone, Debug)]
pub struct Ring {
    folder: PathBuf,
}

/// What is known of the keys, beside their private halves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    pub keys: Vec<Listed>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    pub kid: String,
    /// The public half, in base64url.
    pub x: String,
    pub created_at: Timestamp,
    pub status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Active,
    Retired,
}

/// A key that does not count yet.
pub(super) struct Fresh {
    pub kid: String,
    public: VerifyingKey,
}

/// What tells that the index was replaced, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(u64, Option<SystemTime>, u64);

impl Ring {
    /// The token keys among the keys in `keys`.
    pub fn of(keys: &Path) -> Self {
        Self { folder: keys.join("token") }
    }

    /// The keys of policy tokens among them.
    pub fn of_policies(keys: &Path) -> Self {
        Self { folder: keys.join("policy") }
    }

    /// Makes the folder of the token keys and the first of them.
    ///
    /// # Errors
    /// If they cannot be made.
    pub fn make(keys: &Path, now: Timestamp) -> Result<Self, Fault> {
        Self::of(keys).begin(now)
    }

    /// Makes the folder and its first key.
    ///
    /// # Errors
    /// If they cannot be made.
    pub fn begin(self, now: Timestamp) -> Result<Self, Fault> {
        self.activate(self.draw()?, now)?;
        Ok(self)
    }

    /// Whose keys these are: `token` or `policy`.
    pub fn name(&self) -> String {
        self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn index_path(&self) -> PathBuf {
        self.folder.join("index.json")
    }

    fn key_path(&self, kid: &str) -> PathBuf {
        self.folder.join(format!("{kid}.pem"))
    }

    /// What is known of the keys.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn index(&self) -> Result<Index, Fault> {
        let path = self.index_path();
        let text = fs::read_to_string(&path).map_err(|cause| unusable(&path, cause))?;
        serde_json::from_str(&text)
            .map_err(|error| Fault::Key(format!("`{}`: {error}", path.display())))
    }

    /// # Errors
    /// If the index is not there.
    pub fn stamp(&self) -> Result<Stamp, Fault> {
        use std::os::unix::fs::MetadataExt;
        let path = self.index_path();
        let meta = fs::metadata(&path).map_err(|cause| unusable(&path, cause))?;
        Ok(Stamp(meta.ino(), meta.modified().ok(), meta.len()))
    }

    /// The key that signs, with its name.
    ///
    /// # Errors
    /// If there is none or it cannot be read.
    pub fn signer(&self) -> Result<(String, SigningKey), Fault> {
        let index = self.index()?;
        let active = index.keys.iter().find(|key| key.status == Status::Active);
        let active = active.ok_or_else(|| Fault::Key("there is no active key".to_owned()))?;
        let key = read(&self.key_path(&active.kid))?;
        if thumbprint(&key.verifying_key()) != active.kid {
            return Err(Fault::Key(format!("`{}` is not the key of that name", active.kid)));
        }
        Ok((active.kid.clone(), key))
    }

    /// Draws a key that does not count yet.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn draw(&self) -> Result<Fresh, Fault> {
        make_folder(&self.folder)?;
        let drawn = self.folder.join(format!("{:016x}.new", rand::random::<u64>()));
        let public = make(&drawn)?.verifying_key();
        let kid = thumbprint(&public);
        let path = self.key_path(&kid);
        fs::rename(&drawn, &path).map_err(|cause| unusable(&path, cause))?;
        Ok(Fresh { kid, public })
    }

    /// Makes a key the active one and retires the one before. Answers its name.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub(super) fn activate(&self, fresh: Fresh, now: Timestamp) -> Result<String, Fault> {
        let _one_at_a_time = self.lock()?;
        let mut index = if self.index_path().exists() { self.index()? } else { Index::default() };
        index.keys.retain(|key| key.verifies(now));
        let mut gone = Vec::new();
        for key in index.keys.iter_mut().filter(|key| key.status == Status::Active) {
            (key.status, key.retired_at) = (Status::Retired, Some(now));
            gone.push(self.key_path(&key.kid));
        }
        let (kid, x) = (fresh.kid, BASE64.encode(fresh.public.as_bytes()));
        let status = Status::Active;
        index.keys.push(Listed { kid: kid.clone(), x, created_at: now, status, retired_at: None });

        let text = serde_json::to_string_pretty(&index)?;
        let path = self.index_path();
        write_over(&path, text.as_bytes()).map_err(|cause| unusable(&path, cause))?;
        for path in gone {
            fs::remove_file(&path).map_err(|cause| unusable(&path, cause))?;
        }
        Ok(kid)
    }

    /// Two rotations at once would each forget the key of the other.
    fn lock(&self) -> Result<File, Fault> {
        let path = self.folder.join("lock");
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        let locked = file.and_then(|file| file.lock().map(|()| file));
        locked.map_err(|cause| unusable(&path, cause))
    }
}

impl Listed {
    /// Whether a token of this key may still be valid.
    pub fn verifies(&self, now: Timestamp) -> bool {
        match (self.status, self.retired_at) {
            (Status::Active, _) => true,
            (Status::Retired, Some(at)) => now.duration_since(at) <= LIFE_MAX + SKEW,
            (Status::Retired, None) => false,
        }
    }

    /// The public half.
    ///
    /// # Errors
    /// If the index holds something else, or the key under another name.
    pub fn public(&self) -> Result<VerifyingKey, Fault> {
        let bad = || Fault::Key(format!("`{}` in the index is not a key", self.kid));
        let bytes = BASE64.decode(&self.x).map_err(|_| bad())?;
        let key = VerifyingKey::from_bytes(&bytes.try_into().map_err(|_| bad())?);
        key.ok().filter(|key| thumbprint(key) == self.kid).ok_or_else(bad)
    }
}

impl Index {
    /// The public keys as others read them (RFC 7517).
    pub fn jwks(&self, now: Timestamp) -> Value {
        let keys = self.keys.iter().filter(|key| key.verifies(now)).map(|key| {
            json!({
                "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                "kid": key.kid, "x": key.x,
            })
        });
        json!({ "keys": keys.collect::<Vec<_>>() })
    }
}
