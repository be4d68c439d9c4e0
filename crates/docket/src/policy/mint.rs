//! Permitting one action.

use crate::{
    db::Tx,
    door::{Act, Verb},
    failure::{Failure, Fault},
    identity::{Kind, principal},
};
use ed25519_dalek::SigningKey;
use jiff::{SignedDuration, Timestamp};
use kernel::{
    canonical::{self, Digest},
    id::{Id, Policy, Principal},
    job::{ACTION, KindName, PAYLOAD_BYTES_MAX},
    key::Key,
    policy::{Grant, LIFE_MAX, Resource, Token},
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

/// Permit one action with one payload, once and within minutes. Only a person
/// may, and somebody else has it done. The token is answered this one time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mint {
    /// The division of yours that it is for, by a name of yours.
    pub project: Key,
    /// The kind of job, which begins with `act.`.
    pub action: KindName,
    /// What it is done to, as the worker names it, such as `invoice/42`.
    pub resource: Resource,
    /// What the worker will be told, to the letter; the token is bound to its digest.
    pub payload: Map<String, Value>,
    /// Who may have it done; whoever has the token, unless said.
    pub bearer: Option<Id<Principal>>,
    /// For how many minutes it counts, from 1 to 14; 5 unless said. The job has to
    /// have begun by then.
    #[serde(default = "five")]
    #[schemars(range(min = 1, max = 14))]
    pub minutes: u8,
}

#[derive(Debug, Serialize)]
pub struct Minted {
    /// What it is called in the audit log, and by which it is revoked.
    pub policy: Id<Policy>,
    pub token: Shown,
    /// SHA-256 of the canonical payload.
    pub payload_digest: Digest,
    pub expires: Timestamp,
}

/// A token on its way to whoever asked for it. It cannot be printed.
#[derive(Debug)]
pub struct Shown(Token);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0.expose())
    }
}

/// How far the clocks of our machines may be apart: it counts from this long ago.
const SKEW: SignedDuration = SignedDuration::from_mins(1);
const MINUTES_MAX: u8 = 14;

const _: () = assert!(MINUTES_MAX as i64 * 60 + SKEW.as_secs() <= LIFE_MAX.as_secs());

const fn five() -> u8 {
    5
}

impl Verb for Mint {
    type Done = Minted;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Minted, Failure> {
        a_person(tx, act)?;
        if let Some(bearer) = self.bearer {
            principal::found(tx, act.caller.tenant, bearer)?;
        }
        let grant = self.grant(tx, act)?;
        let root = act.policy_keys()?.signer()?;
        // Not from a `Chance`: a test may count, and a key that can be counted to is none.
        let next = SigningKey::from_bytes(&rand::random());
        let token = Token::mint(&root, &grant, next)
            .map_err(|bad| Fault::Other(format!("no token was minted: {bad}")))?;

        act.policy = Some(grant.id);
        act.fact("action", grant.action.as_str());
        act.fact("project", grant.project.as_str());
        act.fact("resource", Digest::of_bytes(grant.resource.as_str().as_bytes()).to_string());
        act.fact("payload", grant.payload.to_string());
        act.fact("expires", grant.expires.to_string());
        act.shown_once("token");
        let Grant { id: policy, payload: payload_digest, expires, .. } = grant;
        Ok(Minted { policy, token: Shown(token), payload_digest, expires })
    }
}

/// Whether a person asks, for themselves: nobody else may permit anything,
/// whatever roles they were given.
fn a_person(tx: &Tx<'_>, act: &Act<'_>) -> Result<(), Failure> {
    let who = principal::found(tx, act.caller.tenant, act.caller.actor)?;
    if who.kind == Kind::User && act.caller.on_behalf_of.is_none() {
        return Ok(());
    }
    let detail = "a person permits this, and neither a program nor somebody for them";
    Err(Refusal::new(Code::RoleForbidden, detail).into())
}

impl Mint {
    fn grant(self, tx: &Tx<'_>, act: &Act<'_>) -> Result<Grant, Failure> {
        let malformed =
            |field, detail: String| Refusal::new(Code::InputMalformed, detail).at(field);
        if !self.action.is_action() {
            let detail = format!("`{}` does not begin with `{ACTION}`", self.action);
            return Err(malformed("action", detail).into());
        }
        if !(1..=MINUTES_MAX).contains(&self.minutes) {
            return Err(malformed("minutes", format!("expected 1 to {MINUTES_MAX}")).into());
        }
        let payload =
            canonical::to_vec(&self.payload).map_err(|no| malformed("payload", no.to_string()))?;
        if payload.len() > PAYLOAD_BYTES_MAX {
            let detail = format!("a payload of {} bytes is too long", payload.len());
            return Err(Refusal::new(Code::JobPayload, detail).at("payload").into());
        }
        let life = SignedDuration::from_mins(self.minutes.into());
        Ok(Grant {
            id: tx.new_id(),
            approved_by: act.caller.actor,
            tenant: act.caller.tenant,
            project: self.project,
            action: self.action,
            resource: self.resource,
            payload: Digest::of_bytes(&payload),
            bearer: self.bearer,
            not_before: whole_second(tx.now(), -SKEW),
            expires: whole_second(tx.now(), life),
        })
    }
}

/// That long after `now`, in whole seconds as tokens have them.
fn whole_second(now: Timestamp, after: SignedDuration) -> Timestamp {
    Timestamp::from_second(now.as_second().saturating_add(after.as_secs())).unwrap_or(now)
}
