//! What the blocks of a token say.

use super::{LIFE_MAX, Resource};
use crate::{
    canonical::Digest,
    id::{Id, Policy, Principal, Tenant},
    job::KindName,
    key::Key,
};
use jiff::{SignedDuration, Timestamp, fmt::serde::timestamp::second};
use serde::{Deserialize, Serialize};

/// The first block: what a person permits. Times are whole seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// By this it is used once.
    pub id: Id<Policy>,
    /// Who permits it.
    pub approved_by: Id<Principal>,
    pub tenant: Id<Tenant>,
    /// The division of the tenant, by a name of its own.
    pub project: Key,
    /// The kind of job.
    pub action: KindName,
    pub resource: Resource,
    /// SHA-256 of the canonical payload.
    pub payload: Digest,
    /// Who may use it; whoever has it, unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer: Option<Id<Principal>>,
    /// It counts from here on.
    #[serde(with = "second::required")]
    pub not_before: Timestamp,
    /// It does not count any more from here on.
    #[serde(with = "second::required")]
    pub expires: Timestamp,
}

/// Any later block: what it names has to be so as well. Times are whole seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Narrowing {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Id<Tenant>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Key>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<KindName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer: Option<Id<Principal>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "second::optional")]
    pub not_before: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "second::optional")]
    pub expires: Option<Timestamp>,
}

impl Grant {
    /// Whether it lives minutes, and at all.
    pub(super) fn lives_minutes(&self) -> bool {
        let life = self.expires.duration_since(self.not_before);
        life > SignedDuration::ZERO && life <= LIFE_MAX
    }

    /// The same as a block that names everything.
    pub(super) fn restated(&self) -> Narrowing {
        Narrowing {
            tenant: Some(self.tenant),
            project: Some(self.project.clone()),
            action: Some(self.action.clone()),
            resource: Some(self.resource.clone()),
            payload: Some(self.payload),
            bearer: self.bearer,
            not_before: Some(self.not_before),
            expires: Some(self.expires),
        }
    }
}

impl Narrowing {
    /// Both at once, if there is anything left that both permit.
    pub(super) fn and(self, more: &Self) -> Option<Self> {
        Some(Self {
            tenant: both(self.tenant, more.tenant)?,
            project: both(self.project, more.project.clone())?,
            action: both(self.action, more.action.clone())?,
            resource: both(self.resource, more.resource.clone())?,
            payload: both(self.payload, more.payload)?,
            bearer: both(self.bearer, more.bearer)?,
            // `None` sorts before every time, as it has to here.
            not_before: self.not_before.max(more.not_before),
            expires: [self.expires, more.expires].into_iter().flatten().min(),
        })
        .filter(Self::leaves_time)
    }

    fn leaves_time(&self) -> bool {
        self.not_before.zip(self.expires).is_none_or(|(from, end)| from < end)
    }
}

/// What both ask for; nothing, if they ask for different things.
fn both<T: PartialEq>(one: Option<T>, other: Option<T>) -> Option<Option<T>> {
    match (one, other) {
        (Some(one), Some(other)) => (one == other).then_some(Some(one)),
        (one, other) => Some(one.or(other)),
    }
}
