//! A caller whose token was verified.

use super::key::Thumbprint;
use jiff::Timestamp;
use kernel::{
    id::{Id, Principal, Tenant},
    role::Roles,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What sort of principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    User,
    Agent,
    Service,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Agent => "agent",
            Self::Service => "service",
        }
    }
}

/// A row that names no kind we know.
#[derive(Debug, thiserror::Error)]
#[error("there is no such kind of principal")]
pub struct NoSuchKind;

impl std::str::FromStr for Kind {
    type Err = NoSuchKind;

    fn from_str(text: &str) -> Result<Self, NoSuchKind> {
        [Self::User, Self::Agent, Self::Service]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(NoSuchKind)
    }
}

/// Who is calling. Only the verification of a token makes one, [`Caller::docket`],
/// and [`super::later`] for what somebody has asked for.
#[derive(Clone, Debug)]
pub struct Caller {
    pub tenant: Id<Tenant>,
    /// Whether the tenant is the one that operates this Docket.
    pub operator: bool,
    /// Whoever acts: the service or agent where there is one, else the subject.
    pub actor: Id<Principal>,
    /// For whom, where somebody acts for somebody else (RFC 8693 `act`).
    pub on_behalf_of: Option<Id<Principal>>,
    pub roles: Roles,
    pub token: String,
    /// The key that the token is bound to.
    pub key: Option<Thumbprint>,
    pub expires: Timestamp,
}

/// Stands where an actor has to, when nobody called: Docket itself.
const DOCKET: Id<Principal> = Id::from_parts(0, 0);

impl Caller {
    /// Docket itself, when time has passed and something is due. It has no
    /// roles, so no door opens to it; jobs act without one.
    pub(crate) fn docket(tenant: Id<Tenant>) -> Self {
        Self {
            tenant,
            operator: false,
            actor: DOCKET,
            on_behalf_of: None,
            roles: Roles::NONE,
            token: String::new(),
            key: None,
            expires: Timestamp::MIN,
        }
    }

    /// Whoever acts, or nothing if it is Docket itself.
    pub fn known_actor(&self) -> Option<Id<Principal>> {
        (self.actor != DOCKET).then_some(self.actor)
    }

    /// The one whose tickets and sites these are: the subject of the token.
    pub fn subject(&self) -> Id<Principal> {
        self.on_behalf_of.unwrap_or(self.actor)
    }

    /// Whether this caller is, or acts for, somebody who is or acted for one of
    /// `others`. An agent counts as the person it acts for and as itself.
    pub fn is_any_of(&self, others: &[Id<Principal>]) -> bool {
        others.contains(&self.actor) || self.on_behalf_of.is_some_and(|who| others.contains(&who))
    }

    /// Both names under which this caller counts.
    pub fn selves(&self) -> Vec<Id<Principal>> {
        [Some(self.actor), self.on_behalf_of].into_iter().flatten().collect()
    }
}
