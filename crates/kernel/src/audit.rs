//! One entry of the audit log: what was tried, by whom, and how it ended.
//!
//! An entry is canonical JSON (RFC 8785), and those bytes are a leaf of the
//! log. It holds ids, names of states and tools, and digests, and no personal
//! data: whoever was meant can be forgotten and the log still verifies.

use crate::{
    canonical::Digest,
    id::{Entry as EntryKind, Id, Policy, Principal, Tenant, Ticket},
    role::Role,
    state::State,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It changed something.
    Committed,
    /// It was refused and changed nothing.
    Refused,
    /// It read something that a person would want to know was read.
    Read,
    /// Somebody was let in.
    Admitted,
    /// Keys, configuration or grants changed.
    Configured,
}

impl Outcome {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Refused => "refused",
            Self::Read => "read",
            Self::Admitted => "admitted",
            Self::Configured => "configured",
        }
    }
}

/// One entry. Fields that do not apply are left out of its JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The version of this form.
    pub v: u8,
    pub id: Id<EntryKind>,
    pub at: Timestamp,
    pub tenant: Id<Tenant>,
    /// Who did it; nothing where Docket itself did (a job) or nobody was verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Id<Principal>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Id<Principal>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// Through which surface it came: `http`, `cli`, `work`.
    pub surface: String,
    /// The tool, or what else was asked for.
    pub tool: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Id<Ticket>>,
    /// Everything else the call was about, as ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// SHA-256 of the idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// The W3C trace id, 32 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    pub outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<State>,
    /// SHA-256 of the canonical input and of the canonical answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Digest>,
    /// The policy token that was minted, used or revoked. It is named once its
    /// signatures hold, even where it did not permit what was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Id<Policy>>,
    /// SHA-256 of the toolset that decided.
    pub toolset: Digest,
    /// Facts without personal data: ids, amounts, names of rules.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub payload: Map<String, Value>,
}
