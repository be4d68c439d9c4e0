//! The gate: turns a bearer token into a [`Caller`], or says why not.
//!
//! A token is questioned in this order, and the order of refusals is part of
//! the contract:
//!
//! 1. can it be read (`token.invalid`);
//! 2. is its issuer one we trust, and its key one of that issuer's;
//! 3. does the signature hold, made as that key makes them;
//! 4. is it meant for us, valid now, and for no longer than 15 minutes;
//! 5. is there such a tenant and principal, and may one act for the other;
//! 6. is the token, its key or its principal revoked (`token.revoked`), and is it
//!    bound to the key that its principal has registered (`token.unbound`);
//! 7. do its roles exist (`role.unknown`) and are they granted (`role.not_granted`).
//!
//! Who holds is [`Gate::recognise`]d, and then has to [`Gate::prove`] that they
//! hold the key of the token, where it is bound to one, before they are let in.
//!
//! What must stay true:
//!
//! * A signature is checked once: what was accepted is known by its digest.
//! * What is known is asked again when anything changes who may do what, and
//!   is not believed at all unless that was looked up a moment ago.

mod admit;
mod cache;
mod check;
mod failures;
mod jwks;
mod oidc;
mod standing;

use super::{
    Caller, SKEW,
    key::ring::{Listed, Stamp},
    revision,
    token::{self, Unverified, issue::Issuer},
};
use crate::{
    config::{Algorithm, Oidc},
    db::{Db, Scope},
    failure::{Failure, Fault},
};
pub use admit::Recognised;
use cache::{Cache, Known};
use failures::Failures;
use jiff::Timestamp;
use jsonwebtoken::DecodingKey;
use jwks::Pinned;
use kernel::refusal::{Chain, Code, Refusal};
#[cfg(test)]
pub(crate) use oidc::KEYS_KEPT_FOR;
use oidc::Provider;
use sha2::{Digest, Sha256};
use standing::Authentic;
use std::sync::{
    Arc, Mutex, PoisonError, RwLock,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

/// For how long the answer to "has anything changed" is believed.
const FRESH_MS: i64 = 250;

/// Checks who is calling. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    db: Db,
    issuer: Issuer,
    own: RwLock<Own>,
    providers: Vec<Provider>,
    cache: Cache,
    /// Which state of the world the cache is about.
    generation: AtomicU64,
    revision: AtomicI64,
    looked_at_ms: AtomicI64,
    looking: tokio::sync::Mutex<()>,
    failures: Mutex<Failures>,
}

/// The keys of our own issuer.
struct Own {
    stamp: Stamp,
    keys: Vec<(Listed, Pinned)>,
}

/// A token that holds.
struct Judged {
    caller: Arc<Caller>,
    kid: String,
    issuer: String,
    until: i64,
    admitted: bool,
    generation: u64,
}

/// Why a token does not hold.
enum No {
    Refused(Box<Refusal>),
    Broke(Fault),
    /// The provider has to be asked for its keys first.
    KeyUnknown(usize),
}

impl Gate {
    /// Opens a gate that knows nothing yet: the first token has it look.
    ///
    /// # Errors
    /// If the keys cannot be read.
    pub fn open(db: Db, issuer: Issuer, oidc: &[Oidc]) -> Result<Self, Fault> {
        let own = RwLock::new(Own::read(&issuer)?);
        let providers = oidc.iter().map(Provider::new).collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Inner {
            db,
            issuer,
            own,
            providers,
            cache: Cache::default(),
            generation: AtomicU64::new(0),
            revision: AtomicI64::new(-1),
            looked_at_ms: AtomicI64::new(i64::MIN),
            looking: tokio::sync::Mutex::default(),
            failures: Mutex::new(Failures::new(rand::random())),
        })))
    }

    /// Who the bearer of a token is.
    ///
    /// # Errors
    /// See the order above.
    pub async fn verify(&self, bearer: &str) -> Result<Arc<Caller>, Box<Refusal>> {
        let digest = digest(bearer);
        let judged = match self.known(&digest).await {
            Ok(Some(known)) => return Ok(known.caller),
            Ok(None) => self.judge(bearer).await,
            Err(fault) => Err(No::Broke(fault)),
        };
        match judged {
            Ok(judged) => Ok(self.remember(digest, &judged)),
            Err(No::Refused(refusal)) => Err(refusal),
            Err(No::KeyUnknown(at)) => Err(self.0.providers[at].unknown_key(self.now())),
            Err(No::Broke(fault)) => {
                if !fault.passes() {
                    tracing::error!(error = %Chain(&fault), "a token could not be verified");
                }
                Err(Refusal::new(Code::Unready, "tokens cannot be verified just now"))
            }
        }
    }

    /// Looks up whether anything has changed, and if so asks again about every
    /// token. Cheap if not.
    ///
    /// # Errors
    /// If the keys or the database cannot be read.
    pub async fn refresh(&self) -> Result<(), Fault> {
        let _one_at_a_time = self.0.looking.lock().await;
        self.look().await
    }

    async fn refresh_if_due(&self, now: Timestamp) -> Result<(), Fault> {
        if self.is_fresh(now) {
            return Ok(());
        }
        let _one_at_a_time = self.0.looking.lock().await;
        // Whoever waited finds that somebody else has looked since, however long
        // that took.
        let looked_at = self.0.looked_at_ms.load(Ordering::Acquire);
        let since = looked_at >= now.as_millisecond();
        if since || self.is_fresh(self.now()) { Ok(()) } else { self.look().await }
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        let looked_at = self.0.looked_at_ms.load(Ordering::Acquire);
        let age = now.as_millisecond().checked_sub(looked_at);
        // A clock that was put back makes it older, never younger.
        age.is_some_and(|age| (0..FRESH_MS).contains(&age))
    }

    async fn look(&self) -> Result<(), Fault> {
        let now = self.now().as_millisecond();
        let stamp = self.0.issuer.ring.stamp()?;
        if stamp != self.own().stamp {
            let own = Own::read(&self.0.issuer)?;
            *self.0.own.write().unwrap_or_else(PoisonError::into_inner) = own;
            self.0.generation.fetch_add(1, Ordering::AcqRel);
        }
        let revision = self.0.db.read(Scope::Everyone, |snap| Ok(revision(snap)?));
        let revision = revision.await.map_err(broke)?;
        if self.0.revision.swap(revision, Ordering::AcqRel) != revision {
            self.0.generation.fetch_add(1, Ordering::AcqRel);
        }
        self.0.looked_at_ms.store(now, Ordering::Release);
        Ok(())
    }

    /// Has the next token look up whether anything has changed.
    pub fn expire(&self) {
        self.0.looked_at_ms.store(i64::MIN, Ordering::Release);
    }

    /// The public keys of our own issuer (RFC 7517).
    ///
    /// # Errors
    /// If the keys cannot be read.
    pub fn jwks(&self) -> Result<serde_json::Value, Fault> {
        Ok(self.0.issuer.ring.index()?.jwks(self.now()))
    }

    /// Our own issuer.
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    fn now(&self) -> Timestamp {
        self.0.db.clock().now()
    }

    fn own(&self) -> std::sync::RwLockReadGuard<'_, Own> {
        self.0.own.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a token, if that can still be believed.
    async fn known(&self, digest: &[u8; 32]) -> Result<Option<Known>, Fault> {
        let now = self.now();
        self.refresh_if_due(now).await?;
        let generation = self.0.generation.load(Ordering::Acquire);
        Ok(self.0.cache.get(digest, now.as_second(), generation))
    }

    fn remember(&self, digest: [u8; 32], judged: &Judged) -> Arc<Caller> {
        let known = Known {
            caller: Arc::clone(&judged.caller),
            until: judged.until,
            generation: judged.generation,
            admitted: judged.admitted,
        };
        self.0.cache.put(digest, known, self.now().as_second());
        Arc::clone(&judged.caller)
    }

    /// Asks everything about a token that is not known.
    async fn judge(&self, bearer: &str) -> Result<Judged, No> {
        // Taken before anything is looked up, so that a change in between
        // makes this answer one of the past.
        let generation = self.0.generation.load(Ordering::Acquire);
        self.stand(self.authentic(bearer)?, generation).await
    }

    /// Asks what can be asked of a token by itself.
    fn authentic(&self, bearer: &str) -> Result<Authentic, No> {
        let token = token::read(bearer.as_bytes()).map_err(|no| invalid(no.to_string()))?;
        let now = self.now();
        let claims = &token.claims;
        let asked = if claims.iss == self.0.issuer.name {
            self.hold_own(&token, now)?;
            check::own(claims, &self.0.issuer.audience, now.as_second())?;
            check::asked(claims)?
        } else {
            let at = self.0.providers.iter().position(|known| known.issuer() == claims.iss);
            let at = at.ok_or_else(|| invalid("the issuer is not one that is trusted here"))?;
            let provider = &self.0.providers[at];
            let key = provider.key(&token.kid, now).ok_or(No::KeyUnknown(at))?;
            hold(&token, &key)?;
            check::life(claims, provider.audience(), now.as_second())?;
            provider.asked(claims)?
        };
        Ok(Authentic { kid: token.kid, claims: token.claims, asked })
    }

    fn hold_own(&self, token: &Unverified<'_>, now: Timestamp) -> Result<(), No> {
        let own = self.own();
        let key = own.keys.iter().find(|(listed, _)| listed.kid == token.kid);
        match key.filter(|(listed, _)| listed.verifies(now)) {
            Some((_, key)) => Ok(hold(token, key)?),
            None => Err(invalid("the key is not one of the issuer's").into()),
        }
    }

    /// Asks the database what it says of a token.
    async fn stand(&self, token: Authentic, generation: u64) -> Result<Judged, No> {
        let stood = self.0.db.read(Scope::Everyone, move |snap| {
            let (caller, admitted) = standing::stand(snap, &token)?;
            Ok((caller, admitted, token))
        });
        let (caller, admitted, token) = stood.await.map_err(|failure| match failure {
            Failure::Refused(refusal) => No::Refused(refusal),
            Failure::Broke(fault) => No::Broke(fault),
        })?;
        Ok(Judged {
            caller: Arc::new(caller),
            until: token.claims.exp.saturating_add(SKEW.as_secs()),
            kid: token.kid,
            issuer: token.claims.iss,
            admitted,
            generation,
        })
    }
}

/// Whether the signature is one of this key, made as this key makes them.
fn hold(token: &Unverified<'_>, key: &Pinned) -> Result<(), Box<Refusal>> {
    if token.alg != key.name() {
        return Err(invalid("the token does not name the algorithm of its key"));
    }
    match jsonwebtoken::crypto::verify(token.signature, token.message, &key.key, key.algorithm()) {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(invalid("the signature does not hold")),
    }
}

fn invalid(detail: impl Into<String>) -> Box<Refusal> {
    Refusal::new(Code::TokenInvalid, detail)
}

fn digest(bearer: &str) -> [u8; 32] {
    Sha256::digest(bearer.as_bytes()).into()
}

fn broke(failure: Failure) -> Fault {
    match failure {
        Failure::Broke(fault) => fault,
        Failure::Refused(refusal) => Fault::Other(refusal.to_string()),
    }
}

impl Own {
    fn read(issuer: &Issuer) -> Result<Self, Fault> {
        // The stamp first: an index that is replaced in between is read again.
        let stamp = issuer.ring.stamp()?;
        let keys = issuer.ring.index()?.keys.into_iter().map(|listed| {
            let key = DecodingKey::from_ed_der(listed.public()?.as_bytes());
            Ok((listed, Pinned { alg: Algorithm::EdDsa, key }))
        });
        Ok(Self { stamp, keys: keys.collect::<Result<_, Fault>>()? })
    }
}

impl From<Box<Refusal>> for No {
    fn from(refusal: Box<Refusal>) -> Self {
        Self::Refused(refusal)
    }
}
