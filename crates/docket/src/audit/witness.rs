//! Witnesses: others who sign our checkpoints, each only if it continues all
//! that they signed before (<https://c2sp.org/tlog-witness>).
//!
//! A log that was rebuilt and signed again with the real key holds in itself.
//! A witness that saw the earlier one refuses it, and that is why they are
//! asked. They are asked beside the sequencer: one that is slow, away or wrong
//! keeps nothing from being written.

use super::log;
use crate::{
    db::{Committed, Db, Scope, Snap},
    failure::{Failure, Fault},
};
use kernel::{
    note::{BadSignature, NOTE_BYTES_MAX, Signature, SignedNote, VerifierKey},
    refusal::Chain,
};
use reqwest::{Client, StatusCode, redirect};
use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::task::JoinHandle;

/// How often a witness is asked while the log grows.
const PAUSE: Duration = Duration::from_millis(500);
/// How long one that does not answer as it should is left alone at most.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// How long a witness may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Somebody who signs our checkpoints.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Its submission prefix, like `https://witness.example/w1`.
    pub url: String,
    pub key: VerifierKey,
}

/// Asks every witness. Cheap to clone.
#[derive(Clone)]
pub struct Witnesses(Arc<Inner>);

struct Inner {
    db: Db,
    client: Client,
    all: Vec<Witness>,
    /// What is wrong, by the name of the witness.
    trouble: Mutex<BTreeMap<String, String>>,
}

/// How asking ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The witness has signed all there is.
    NothingNew,
    /// It has signed the checkpoint of this size now.
    Cosigned { size: u64 },
}

/// Why a witness did not sign.
#[derive(Debug, thiserror::Error)]
pub enum NotCosigned {
    #[error("it cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    #[error("it does not know this log")]
    UnknownLog,
    #[error("it does not accept the key of this log")]
    UnknownKey,
    #[error("it signed {theirs} leaves of this log, which now has {ours}: the log was cut back")]
    Ahead { theirs: u64, ours: u64 },
    #[error("the log does not continue what it signed before: its past was changed")]
    Forked,
    #[error("it answered with status {0}")]
    Status(u16),
    #[error("its answer cannot be read")]
    Unreadable,
    #[error("it did not sign with the key that is configured")]
    BadSignature(#[source] BadSignature),
    #[error(transparent)]
    Broke(#[from] Failure),
}

impl Witnesses {
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new(db: Db, all: Vec<Witness>) -> Result<Self, Fault> {
        // Somebody else may have installed it before, and that is fine.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder()
            .timeout(PATIENCE)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|cause| Fault::Other(format!("no HTTP client: {}", Chain(&cause))))?;
        Ok(Self(Arc::new(Inner { db, client, all, trouble: Mutex::default() })))
    }

    /// Asks until the tasks are aborted, which they may be at any moment.
    pub fn start(&self) -> Vec<JoinHandle<()>> {
        let ask = |at| {
            let all = self.clone();
            tokio::spawn(async move { all.keep_asking(&all.0.all[at]).await })
        };
        (0..self.0.all.len()).map(ask).collect()
    }

    /// What is wrong just now, by the name of the witness.
    pub fn trouble(&self) -> BTreeMap<String, String> {
        self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn keep_asking(&self, witness: &Witness) {
        let mut pause = PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            let asked = self.ask(witness).await;
            pause = if asked.is_ok() { PAUSE } else { (pause * 2).min(PAUSE_MAX) };
            self.note(witness, asked.err());
        }
    }

    /// Says once what is wrong, and once that it no longer is.
    fn note(&self, witness: &Witness, not: Option<NotCosigned>) {
        let name = witness.key.name().to_owned();
        let mut trouble = self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match &not {
            Some(not) => trouble.insert(name.clone(), not.to_string()),
            None => trouble.remove(&name),
        };
        match (not, before) {
            (Some(not), before) if before.as_ref() != Some(&not.to_string()) => {
                tracing::warn!(witness = %name, error = %Chain(&not), "the witness `{name}` does not sign");
            }
            (None, Some(_)) => tracing::info!(witness = %name, "the witness `{name}` signs again"),
            _ => {}
        }
    }

    /// Has a witness sign the last checkpoint, and keeps what it signed.
    ///
    /// # Errors
    /// Why it did not.
    pub async fn ask(&self, witness: &Witness) -> Result<Asked, NotCosigned> {
        let Some(offer) = self.offer(witness, None).await? else { return Ok(Asked::NothingNew) };
        if offer.old > offer.size {
            return Err(NotCosigned::Ahead { theirs: offer.old, ours: offer.size });
        }
        let lines = match self.send(witness, &offer).await? {
            Told::Signed(lines) => lines,
            Told::Has(theirs) => self.catch_up(witness, &offer, theirs).await?,
        };
        let line = find(&lines, &offer.note, &witness.key)?;

        let (size, key) = (offer.size, witness.key.to_string());
        let wrote =
            self.0.db.write(Scope::Everyone, move |tx| match log::cosign(tx, size, &key, &line) {
                Ok(recorded) => Committed::Changed((), recorded),
                Err(fault) => Committed::Failed(fault.into()),
            });
        wrote.await?;
        Ok(Asked::Cosigned { size })
    }

    /// A witness knows better than we how much it has signed; its answer to us
    /// may have been lost. It is told again, from there on.
    async fn catch_up(
        &self,
        witness: &Witness,
        offer: &Offer,
        theirs: u64,
    ) -> Result<String, NotCosigned> {
        if theirs > offer.size {
            return Err(NotCosigned::Ahead { theirs, ours: offer.size });
        }
        if theirs == offer.old {
            // It holds the size that we named, so what differs is the root.
            return Err(NotCosigned::Forked);
        }
        let again = self
            .offer(witness, Some((theirs, offer.size)))
            .await?
            .ok_or(NotCosigned::Unreadable)?;
        match self.send(witness, &again).await? {
            Told::Signed(lines) => Ok(lines),
            Told::Has(size) if size == theirs => Err(NotCosigned::Forked),
            Told::Has(_) => Err(NotCosigned::Unreadable),
        }
    }

    /// The last checkpoint with the proof that it continues what the witness
    /// has signed, which we know or were told.
    async fn offer(
        &self,
        witness: &Witness,
        told: Option<(u64, u64)>,
    ) -> Result<Option<Offer>, NotCosigned> {
        let key = witness.key.to_string();
        Ok(self.0.db.read(Scope::Everyone, move |snap| Ok(offer(snap, &key, told)?)).await?)
    }

    async fn send(&self, witness: &Witness, offer: &Offer) -> Result<Told, NotCosigned> {
        let url = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
        let answer = self.0.client.post(url).body(offer.body.clone()).send().await?;
        match answer.status() {
            StatusCode::OK => Ok(Told::Signed(read(answer).await?)),
            StatusCode::CONFLICT => {
                let size = read(answer).await?;
                let size = size.strip_suffix('\n').and_then(|size| size.parse().ok());
                Ok(Told::Has(size.ok_or(NotCosigned::Unreadable)?))
            }
            StatusCode::NOT_FOUND => Err(NotCosigned::UnknownLog),
            StatusCode::FORBIDDEN => Err(NotCosigned::UnknownKey),
            StatusCode::UNPROCESSABLE_ENTITY => Err(NotCosigned::Forked),
            other => Err(NotCosigned::Status(other.as_u16())),
        }
    }
}

/// What is sent to a witness.
struct Offer {
    old: u64,
    size: u64,
    note: SignedNote,
    body: String,
}

/// What a witness says.
enum Told {
    /// Signature lines.
    Signed(String),
    /// The size that it has signed, which is not the one we named.
    Has(u64),
}

fn offer(snap: &Snap<'_>, key: &str, told: Option<(u64, u64)>) -> Result<Option<Offer>, Fault> {
    let (stored, old) = match told {
        None => (log::head(snap)?, log::cosigned_size(snap, key)?),
        // The very checkpoint that was offered: the log may have grown since.
        Some((old, size)) => (log::checkpoint(snap, size)?, old),
    };
    let Some(stored) = stored.filter(|stored| stored.size != old || told.is_some()) else {
        return Ok(None);
    };
    let mut body = format!("old {old}\n");
    if old <= stored.size {
        for hash in log::Prover::new(snap, stored.size).consistency(old)? {
            let _ = writeln!(body, "{hash}");
        }
    }
    let _ = write!(body, "\n{}", stored.note);
    let note = log::signed(&stored)?;
    Ok(Some(Offer { old, size: stored.size, note, body }))
}

/// The signature of the witness among the lines of its answer. Lines of other
/// keys are none of ours.
fn find(lines: &str, note: &SignedNote, key: &VerifierKey) -> Result<Signature, NotCosigned> {
    let mut tried = Err(NotCosigned::Unreadable);
    for line in lines.lines() {
        let Ok(signature) = line.parse::<Signature>() else { continue };
        if !signature.is_by(key) {
            continue;
        }
        match key.verify(note.text(), &signature) {
            Ok(_) => return Ok(signature),
            Err(bad) => tried = Err(NotCosigned::BadSignature(bad)),
        }
    }
    tried
}

/// Reads an answer, and no more of it than a note can have.
async fn read(mut answer: reqwest::Response) -> Result<String, NotCosigned> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if bytes.len() + chunk.len() > NOTE_BYTES_MAX {
            return Err(NotCosigned::Unreadable);
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| NotCosigned::Unreadable)
}
