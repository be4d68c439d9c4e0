//! `GET /v1/tools`: what the caller may call, what it reads, and why not the rest.

use super::route::called_by_name;
use crate::{
    audit::record::toolset_digest,
    door::{authorise, tools},
    identity::Caller,
};
use kernel::{
    canonical::Digest,
    role::Role,
    state::State,
    tool::{Reach, Tool},
};
use schemars::{JsonSchema, Schema};
use serde::Serialize;

/// The tools, and the digest of the toolset by which this server decides.
#[derive(Serialize, JsonSchema)]
pub struct Toolbox {
    pub toolset: Digest,
    pub tools: Vec<Offer>,
}

/// One tool, as one caller sees it.
#[derive(Serialize, JsonSchema)]
pub struct Offer {
    pub name: Tool,
    pub description: &'static str,
    pub reach: Reach,
    pub roles: Vec<Role>,
    /// The states from which it works; empty where no ticket is needed.
    pub from: Vec<State>,
    /// The states to which it leads; empty where a ticket stays as it is.
    pub to: Vec<State>,
    pub allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<WhyNot>,
    /// JSON Schema of the input, where the caller may call the tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_schema: Option<&'static Schema>,
}

/// The refusal that the door would answer with.
#[derive(Serialize, JsonSchema)]
pub struct WhyNot {
    pub code: &'static str,
    pub detail: String,
    pub hint: &'static str,
}

pub(super) fn of(caller: &Caller) -> Toolbox {
    let named = Tool::ALL.iter().filter(|tool| called_by_name(**tool));
    Toolbox { toolset: toolset_digest(), tools: named.map(|tool| offer(caller, *tool)).collect() }
}

fn offer(caller: &Caller, tool: Tool) -> Offer {
    let why_not = authorise::role(caller, tool).and_then(|()| authorise::bound(caller, tool));
    let why_not = why_not.err().map(|refusal| WhyNot {
        code: refusal.code.name(),
        hint: refusal.code.hint(),
        detail: refusal.detail,
    });
    Offer {
        name: tool,
        description: description(tool),
        reach: tool.reach(),
        roles: tool.roles().iter().collect(),
        from: tool.from().iter().collect(),
        to: tool.to().iter().collect(),
        allowed: why_not.is_none(),
        input_schema: why_not.is_none().then(|| tools::schema(tool)),
        why_not,
    }
}

/// What the tool is for, as the type of its input says it.
pub(super) fn description(tool: Tool) -> &'static str {
    let said = tools::schema(tool).get("description");
    said.and_then(serde_json::Value::as_str).unwrap_or_default()
}
