//! The evidence gate: whether there is enough to say that the work was done.
//!
//! One pure function answers at every door where it matters: assess, complete,
//! verify, close and force-close. What must stay true:
//!
//! * Taking anything away never opens a gate that was shut.
//! * Only bytes that we hold, and that still have their digest, are evidence.
//! * A checklist item is true or it is missing; nothing excuses it.
//! * An exception excuses a missing piece until the moment it expires.

use crate::{
    id::{Evidence, Id},
    key::Key,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The evidence key that a good reason satisfies as well as a piece does.
pub const SIGNATURE: &str = "signature_or_no_signature_reason";

/// What the template of an incident type asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Required {
    /// Evidence keys that need at least one held piece each.
    pub evidence: BTreeSet<Key>,
    /// Checklist keys that have to be true.
    pub checklist: BTreeSet<Key>,
}

/// What a ticket has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Present {
    pub evidence: Vec<Piece>,
    pub checklist: BTreeMap<Key, bool>,
    /// Why nobody signed. Counts if it holds at least one letter or digit.
    pub no_signature_reason: Option<String>,
    pub exceptions: Vec<Excepted>,
}

/// One piece of evidence, as storage knows it at this moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    pub key: Key,
    pub id: Id<Evidence>,
    /// The bytes are stored, and their digest was read again and is the same.
    pub held: bool,
}

/// A permission to do without one evidence key for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Excepted {
    pub key: Key,
    /// From this moment on it excuses nothing.
    pub expires_at: Timestamp,
}

/// What the gate says, each list sorted and without repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    pub ready: bool,
    /// Required keys with no held piece and no exception.
    pub missing_evidence: Vec<Key>,
    /// Required items that are not true.
    pub missing_checklist: Vec<Key>,
    /// Pieces whose bytes are gone or altered, required or not.
    pub broken: Vec<Broken>,
    /// Required keys with no held piece that an exception excuses for now.
    pub excused: Vec<Key>,
    /// The missing keys that were excused until their exception expired.
    pub expired: Vec<Key>,
}

/// A piece that says it is there, and is not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Broken {
    pub key: Key,
    pub id: Id<Evidence>,
}

/// Judges what is present against what is required, as of `now`.
///
/// A broken piece does not shut the gate by itself. If it did, throwing the
/// piece away would open it.
pub fn gate(required: &Required, present: &Present, now: Timestamp) -> Verdict {
    let mut verdict = Verdict { broken: present.broken(), ..Verdict::default() };
    for key in required.evidence.iter().filter(|key| !present.shows(key)) {
        match present.excuses(key, now) {
            Excuse::Live => verdict.excused.push(key.clone()),
            Excuse::Expired => {
                verdict.expired.push(key.clone());
                verdict.missing_evidence.push(key.clone());
            }
            Excuse::None => verdict.missing_evidence.push(key.clone()),
        }
    }
    verdict.missing_checklist = required
        .checklist
        .iter()
        .filter(|item| present.checklist.get(*item) != Some(&true))
        .cloned()
        .collect();
    verdict.ready = verdict.missing_evidence.is_empty() && verdict.missing_checklist.is_empty();
    verdict
}

enum Excuse {
    Live,
    Expired,
    None,
}

impl Present {
    fn shows(&self, key: &Key) -> bool {
        self.evidence.iter().any(|piece| piece.held && piece.key == *key)
            || (key.as_str() == SIGNATURE && self.says_why_nobody_signed())
    }

    fn says_why_nobody_signed(&self) -> bool {
        let says = |reason: &String| reason.chars().any(char::is_alphanumeric);
        self.no_signature_reason.as_ref().is_some_and(says)
    }

    fn excuses(&self, key: &Key, now: Timestamp) -> Excuse {
        let of_key = self.exceptions.iter().filter(|exception| exception.key == *key);
        match of_key.map(|exception| exception.expires_at).max() {
            Some(last) if now < last => Excuse::Live,
            Some(_) => Excuse::Expired,
            None => Excuse::None,
        }
    }

    fn broken(&self) -> Vec<Broken> {
        let lost = self.evidence.iter().filter(|piece| !piece.held);
        let sorted: BTreeSet<_> =
            lost.map(|piece| Broken { key: piece.key.clone(), id: piece.id }).collect();
        sorted.into_iter().collect()
    }
}
