//! Issuers that are not ours: their keys, and how to read what they say.
//!
//! What must stay true:
//!
//! * Nobody gets in because an issuer knows them: the tenant has registered
//!   them, and has granted every role that counts.
//! * A key is used for a day after it was last seen published, and no longer.
//! * Whatever strangers send, an issuer is asked at most every 30 seconds.

use super::{
    invalid,
    jwks::{self, Pinned},
    standing::{Asked, Roles, Who},
};
use crate::{config::Oidc, failure::Fault, identity::token::Claims};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    canonical::Digest,
    refusal::{Code, Refusal},
    role,
};
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::Mutex;

/// Between two questions to an issuer.
const ASK_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// Keys are looked at again when they are this old.
pub(super) const RENEW_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// Keys that were not seen for this long are not used.
pub(crate) const KEYS_KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);
const BYTES_MAX: usize = 256 << 10;

pub(super) struct Provider {
    oidc: Oidc,
    http: reqwest::Client,
    held: RwLock<Held>,
    asked_at: Mutex<Option<Timestamp>>,
}

#[derive(Default)]
struct Held {
    keys: BTreeMap<String, Pinned>,
    /// Of the answer they came in.
    digest: Option<Digest>,
    seen_at: Option<Timestamp>,
}

impl Provider {
    pub(super) fn new(oidc: &Oidc) -> Result<Self, Fault> {
        // Installed by whoever comes first; all of them install the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(5))
            // A redirect would let the key set come from a place nobody named.
            .redirect(reqwest::redirect::Policy::none());
        let near =
            reqwest::Url::parse(&oidc.jwks).is_ok_and(|url| crate::config::is_loopback(&url));
        let http = if near { http.no_proxy() } else { http };
        let http = http.build().map_err(|error| Fault::Other(error.to_string()))?;
        let (held, asked_at) = (RwLock::default(), Mutex::default());
        Ok(Self { oidc: oidc.clone(), http, held, asked_at })
    }

    pub(super) fn issuer(&self) -> &str {
        &self.oidc.issuer
    }

    pub(super) fn audience(&self) -> &str {
        &self.oidc.audience
    }

    pub(super) fn key(&self, kid: &str, now: Timestamp) -> Option<Pinned> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.keys.get(kid).filter(|_| held.is_usable(now)).cloned()
    }

    /// Said of a key that the issuer has not published, as far as we know.
    pub(super) fn unknown_key(&self, now: Timestamp) -> Box<Refusal> {
        if self.held.read().unwrap_or_else(PoisonError::into_inner).is_usable(now) {
            invalid("the key is not one of the issuer's")
        } else {
            Refusal::new(Code::Unready, "the keys of the issuer cannot be fetched just now")
        }
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.seen_at.is_some_and(|at| now.duration_since(at) >= RENEW_AFTER)
    }

    /// Asks the issuer for its keys, unless it was asked a moment ago. Answers
    /// whether it now says something else than before.
    pub(super) async fn fetch(&self, now: Timestamp) -> bool {
        // Held while asking, so that everybody who waits shares one answer.
        let mut asked_at = self.asked_at.lock().await;
        if asked_at.is_some_and(|at| now.duration_since(at).abs() < ASK_AFTER) {
            return false;
        }
        *asked_at = Some(now);
        match self.ask().await {
            Ok((keys, digest)) => {
                let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
                let changed = held.digest.is_some_and(|before| before != digest);
                *held = Held { keys, digest: Some(digest), seen_at: Some(now) };
                changed
            }
            Err(why) => {
                tracing::warn!(issuer = %self.oidc.issuer, %why, "an issuer's keys could not be fetched");
                false
            }
        }
    }

    async fn ask(&self) -> Result<(BTreeMap<String, Pinned>, Digest), String> {
        let text = |error: reqwest::Error| error.without_url().to_string();
        let mut response = self.http.get(&self.oidc.jwks).send().await.map_err(text)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(format!("answered {}", response.status()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(text)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > BYTES_MAX {
                return Err("answered with too much".to_owned());
            }
        }
        let keys = jwks::read(&bytes, &self.oidc.algorithms).map_err(|error| error.to_string())?;
        Ok((keys, Digest::of_bytes(&bytes)))
    }

    /// What a token of this issuer asks for, in our words.
    pub(super) fn asked(&self, claims: &Claims) -> Result<Asked, Box<Refusal>> {
        let text = |name: &str| claim(&claims.all, name).and_then(Value::as_str);
        let tenant = match (self.oidc.tenant, &self.oidc.tenant_claim) {
            (Some(tenant), _) => Some(tenant),
            (None, name) => name.as_deref().and_then(text).and_then(|text| text.parse().ok()),
        };
        let subject = text(&self.oidc.subject_claim).filter(|subject| !subject.is_empty());
        Ok(Asked {
            tenant: tenant.ok_or_else(|| invalid("the token names no tenant"))?,
            subject: self.who(subject.ok_or_else(|| invalid("the token names no subject"))?),
            actor: claims.act.as_deref().map(|actor| self.who(actor)),
            roles: Roles::Any(self.roles(claim(&claims.all, &self.oidc.roles_claim))),
        })
    }

    fn who(&self, subject: &str) -> Who {
        Who::Theirs { issuer: self.oidc.issuer.clone(), subject: subject.to_owned() }
    }

    /// Roles are a list of names, or names with spaces between, as in `scope`.
    fn roles(&self, claim: Option<&Value>) -> role::Roles {
        let names: Vec<&str> = match claim {
            Some(Value::String(names)) => names.split_ascii_whitespace().collect(),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let ours = |name: &str| match &self.oidc.roles {
            Some(mapped) => mapped.get(name).copied(),
            None => role::Role::ALL.iter().copied().find(|role| role.name() == name),
        };
        names.into_iter().filter_map(ours).collect()
    }
}

/// A claim by its name, or by its place (`/realm_access/roles`).
fn claim<'a>(all: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let Some(place) = name.strip_prefix('/') else { return all.get(name) };
    let (first, rest) = place.split_once('/').unwrap_or((place, ""));
    let value = all.get(first)?;
    if rest.is_empty() { Some(value) } else { value.pointer(&format!("/{rest}")) }
}

impl Held {
    fn is_usable(&self, now: Timestamp) -> bool {
        self.seen_at.is_some_and(|at| now.duration_since(at) < KEYS_KEPT_FOR)
    }
}
