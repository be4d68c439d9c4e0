//! What somebody tries to do with a token, and why a block says no.

use super::{Grant, Narrowing, Resource};
use crate::{
    canonical::Digest,
    id::{Id, Principal, Tenant},
    job::KindName,
    key::Key,
};
use jiff::Timestamp;

/// An attempt, with every fact that a block may ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub tenant: Id<Tenant>,
    pub project: Key,
    pub action: KindName,
    pub resource: Resource,
    /// SHA-256 of the canonical payload.
    pub payload: Digest,
    /// Who uses the token, where that is known.
    pub bearer: Option<Id<Principal>>,
    pub at: Timestamp,
}

/// Why a block prohibits an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Prohibited {
    #[error("it is for another tenant")]
    Tenant,
    #[error("it is for another project")]
    Project,
    #[error("it is for another action")]
    Action,
    #[error("it is for another resource")]
    Resource,
    #[error("it is for another payload")]
    Payload,
    #[error("it is for somebody else to use")]
    Bearer,
    #[error("it counts from {0} on")]
    NotYet(Timestamp),
    #[error("it expired at {0}")]
    Expired(Timestamp),
}

impl Prohibited {
    /// What it is about, in one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Project => "project",
            Self::Action => "action",
            Self::Resource => "resource",
            Self::Payload => "payload",
            Self::Bearer => "bearer",
            Self::NotYet(_) => "not_before",
            Self::Expired(_) => "expires",
        }
    }
}

impl Grant {
    /// Why the grant prohibits an attempt; nothing if it does not.
    pub fn prohibits(&self, attempt: &Attempt) -> Option<Prohibited> {
        self.restated().prohibits(attempt)
    }
}

impl Narrowing {
    /// Why the block prohibits an attempt; nothing if it does not. What it does
    /// not name it leaves to the blocks before it.
    pub fn prohibits(&self, attempt: &Attempt) -> Option<Prohibited> {
        let bearer = attempt.bearer.as_ref();
        differs(self.tenant.as_ref(), Some(&attempt.tenant), Prohibited::Tenant)
            .or_else(|| differs(self.project.as_ref(), Some(&attempt.project), Prohibited::Project))
            .or_else(|| differs(self.action.as_ref(), Some(&attempt.action), Prohibited::Action))
            .or_else(|| {
                differs(self.resource.as_ref(), Some(&attempt.resource), Prohibited::Resource)
            })
            .or_else(|| differs(self.payload.as_ref(), Some(&attempt.payload), Prohibited::Payload))
            .or_else(|| differs(self.bearer.as_ref(), bearer, Prohibited::Bearer))
            .or_else(|| self.early(attempt.at))
            .or_else(|| self.late(attempt.at))
    }

    fn early(&self, at: Timestamp) -> Option<Prohibited> {
        self.not_before.filter(|from| at < *from).map(Prohibited::NotYet)
    }

    fn late(&self, at: Timestamp) -> Option<Prohibited> {
        self.expires.filter(|end| at >= *end).map(Prohibited::Expired)
    }
}

/// A no, unless what is asked for is what is there.
fn differs<T: PartialEq>(asked: Option<&T>, is: Option<&T>, no: Prohibited) -> Option<Prohibited> {
    (asked.is_some() && asked != is).then_some(no)
}
