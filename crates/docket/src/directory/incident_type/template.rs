//! What a template says, and what of it is still missing.

use kernel::{
    gate::Required,
    key::Key,
    sla::Priority,
    text::{Line, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What one kind of incident asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// What the type is called by programs: `door_wont_latch`.
    pub name: Key,
    /// What it is called by people.
    pub title: Line<80>,
    /// What it is counted under.
    pub category: Key,
    /// No agent may complete the work of a high-risk type.
    #[serde(default)]
    pub high_risk: bool,
    /// Evidence keys for which an agent's word is never enough; some of `evidence`.
    #[serde(default)]
    pub high_risk_evidence: BTreeSet<Key>,
    /// The priority of a call of which nobody says more.
    pub default_priority: Priority,
    /// Minutes until somebody answers, where not the usual target.
    #[serde(default)]
    pub response_minutes: BTreeMap<Priority, u32>,
    /// Minutes until it is fixed, where not the usual target.
    #[serde(default)]
    pub resolution_minutes: BTreeMap<Priority, u32>,
    /// How long a visit takes.
    pub duration_minutes: Option<u32>,
    /// Everything a technician has to be able to do.
    #[serde(default)]
    pub skills: BTreeSet<Key>,
    /// Evidence keys that closing needs.
    #[serde(default)]
    pub evidence: BTreeSet<Key>,
    /// Checklist items that closing needs to be true.
    #[serde(default)]
    pub checklist: BTreeSet<Key>,
    /// What has to be known before work is planned, and how to ask for it.
    #[serde(default)]
    pub intake: Vec<Ask>,
    /// What whoever goes there has to know first.
    #[serde(default)]
    pub warnings: Vec<Line<300>>,
    /// How the work is done, in order.
    #[serde(default)]
    pub steps: Vec<Line<300>>,
    /// A limit to suggest, in minor units of the tenant's currency.
    pub nte_guidance_minor: Option<u32>,
    /// A limit above this many minor units needs approval before work is planned.
    pub approval_above_minor: Option<u32>,
    /// What the customer is told, and when.
    #[serde(default)]
    pub texts: BTreeMap<Moment, Text<1_000>>,
}

/// Something that has to be known, and the question that finds it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    pub field: Asked,
    pub question: Line<300>,
}

/// What can be asked for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Who to speak to.
    Contact,
    /// Which piece of equipment.
    Asset,
    /// What is wrong, in more words than a summary.
    Description,
    /// How much may be spent.
    Nte,
}

/// When a customer hears from us.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    Received,
    Scheduled,
    Dispatched,
    Closed,
}

impl Asked {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Asset => "asset",
            Self::Description => "description",
            Self::Nte => "nte",
        }
    }
}

impl Template {
    /// What the gate wants before the work counts as done.
    pub fn required(&self) -> Required {
        Required { evidence: self.evidence.clone(), checklist: self.checklist.clone() }
    }

    /// Minutes until somebody has to answer.
    pub fn response_target(&self, priority: Priority) -> u32 {
        self.response_minutes.get(&priority).copied().unwrap_or(priority.target_minutes())
    }

    /// Minutes until it has to be fixed.
    pub fn resolution_target(&self, priority: Priority) -> u32 {
        self.resolution_minutes.get(&priority).copied().unwrap_or(priority.target_minutes())
    }

    /// The limit to suggest, in minor units, which is never one that takes
    /// approval; nothing if the type suggests none.
    pub fn suggested_limit(&self) -> i64 {
        let suggested = self.nte_guidance_minor.unwrap_or(0);
        i64::from(self.approval_above_minor.map_or(suggested, |above| above.min(suggested)))
    }

    /// What the type lacks and cannot be active without.
    pub fn lacks(&self) -> Vec<&'static str> {
        let parts = [
            ("duration_minutes", self.duration_minutes.is_none_or(|minutes| minutes == 0)),
            ("skills", self.skills.is_empty()),
            ("evidence", self.evidence.is_empty()),
        ];
        parts.into_iter().filter(|(_, lacking)| *lacking).map(|(name, _)| name).collect()
    }
}
